//! Tokens shared through a folder: between clients as between processes, and when the folder is not
//! as it should be.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use zuora_core::{Client, ErrorKind, FileStore, TokenOrigin};
use zuora_sim::{Fault, TokenReuse};

struct Shared {
    rig: Rig,
    folder: PathBuf,
    _scratch: TempDir,
}

impl Shared {
    fn new() -> Self {
        Self::of(Rig::new())
    }

    fn of(rig: Rig) -> Self {
        let scratch = scratch();
        Self {
            rig,
            folder: scratch.path().join("zuora/tokens"),
            _scratch: scratch,
        }
    }

    /// What one more process would be: it knows nothing but the folder.
    fn process(&self) -> Client {
        self.process_at(&self.folder)
    }

    fn process_at(&self, folder: &Path) -> Client {
        let store = FileStore::at(folder).with_clock(Arc::new(self.rig.clock.clone()));
        self.rig
            .builder()
            .token_store(Arc::new(store))
            .refresh_ahead(false)
            .build()
            .unwrap()
    }

    async fn call(&self) -> Result<bytes::Bytes, zuora_core::Error> {
        self.rig.get(&self.process()).await
    }

    fn files(&self, ending: &str) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().unwrap().ends_with(ending))
            .collect();
        files.sort();
        files
    }

    fn token_file(&self) -> PathBuf {
        self.files(".json")
            .into_iter()
            .find(|path| !path.to_str().unwrap().contains("requests-"))
            .unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn processes_one_after_another_share_a_token() {
    let shared = Shared::new();
    for _ in 0..20 {
        shared.call().await.unwrap();
    }
    assert_eq!(shared.rig.token_requests(), 1);
    let client = shared.process();
    let token = shared.rig.run(client.token()).await.unwrap();
    assert_eq!(token.origin(), TokenOrigin::Store);
    assert!(token.scope().is_some() && token.response().jti().is_some());
    assert_eq!(token.rate_limit(), None);

    // Nearly at its end it is replaced, by one of them.
    shared.rig.clock.advance(Duration::from_secs(3545));
    for _ in 0..20 {
        shared.call().await.unwrap();
    }
    assert_eq!(shared.rig.token_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn eight_at_once_on_a_cold_folder_make_one_token_request() {
    let shared = Shared::new();
    shared
        .rig
        .sim
        .inject(Fault::on("createToken").delay(Duration::from_secs(2)))
        .unwrap();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = shared.process();
            tokio::spawn(async move { client.token().await })
        })
        .collect();
    shared
        .rig
        .run(async {
            for call in calls {
                call.await.unwrap().unwrap();
            }
        })
        .await;
    assert_eq!(shared.rig.token_requests(), 1);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn files_are_private_and_their_names_tell_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let shared = Shared::new();
    shared.call().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&shared.folder), 0o700);
    for file in shared.files("") {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            !name.contains(CLIENT_ID) && !name.contains("MARKED"),
            "{name}"
        );
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("MARKED"), "the secret is never stored");
    }
    assert_eq!(shared.files(".tmp").len(), 0);
    let name = shared
        .token_file()
        .file_stem()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(name.len(), 64);
}

#[tokio::test(start_paused = true)]
async fn damaged_files_are_never_trusted_and_are_replaced() {
    let token = "0123456789abcdef0123456789abcdef";
    for damage in [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        r#"{"format":1}"#.to_owned(),
        r#"{"format":2,"token":null}"#.to_owned(),
        format!(
            r#"{{"format":1,"key":"other","token":{{"access_token":"{token}","obtained_at":1,"expires_at":99999999999999,"reissued":false}}}}"#
        ),
        "\u{0}".repeat(300_000),
    ] {
        let shared = Shared::new();
        shared.call().await.unwrap();
        let file = shared.token_file();
        fs::write(&file, &damage).unwrap();
        shared.call().await.unwrap();
        assert_eq!(shared.rig.token_requests(), 2, "{damage:.40}");
        shared.call().await.unwrap();
        assert_eq!(shared.rig.token_requests(), 2, "{damage:.40}");
        assert!(
            shared
                .rig
                .sim
                .journal()
                .iter()
                .all(|sent| !format!("{:?}", sent.headers).contains(token))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_with_impossible_times_is_not_used() {
    let shared = Shared::new();
    shared.call().await.unwrap();
    // Written by a clock two hours ahead.
    shared
        .rig
        .clock
        .set_wall(shared.rig.clock.wall() - Duration::from_secs(7200));
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 2);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn open_files_and_folders_are_not_trusted() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

    let shared = Shared::new();
    shared.call().await.unwrap();
    set(&shared.token_file(), 0o644);
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 2, "others could read it");
    shared.call().await.unwrap();
    assert_eq!(
        shared.rig.token_requests(),
        2,
        "it was replaced by a private one"
    );

    // A folder that is open for reading is closed; one open for writing is not used.
    set(&shared.folder, 0o755);
    shared.call().await.unwrap();
    assert_eq!(
        fs::metadata(&shared.folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(shared.rig.token_requests(), 2);
    set(&shared.folder, 0o777);
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 3);
    set(&shared.folder, 0o700);

    // A link or a folder in the place of the file.
    let file = shared.token_file();
    let elsewhere = shared.folder.join("elsewhere.json");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 4);
    let _ = fs::remove_file(&file);
    fs::create_dir(&file).unwrap();
    for _ in 0..2 {
        shared.call().await.unwrap();
    }
    assert_eq!(
        shared.rig.token_requests(),
        6,
        "calls go on, nothing is shared"
    );
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_file_of_another_owner_is_not_trusted() {
    if !is_root() {
        eprintln!("SKIPPED a_file_of_another_owner_is_not_trusted: only root can give files away");
        return;
    }
    let shared = Shared::new();
    shared.call().await.unwrap();
    std::os::unix::fs::chown(shared.token_file(), Some(65534), None).unwrap();
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 2);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_folder_that_cannot_be_written_costs_sharing_and_not_the_call() {
    use std::os::unix::fs::PermissionsExt;
    if is_root() {
        assert!(
            std::env::var_os("ZUORA_TEST_UNPRIVILEGED").is_none(),
            "this run was to be unprivileged, and is root's"
        );
        eprintln!(
            "SKIPPED a_folder_that_cannot_be_written_costs_sharing_and_not_the_call: root may write everywhere"
        );
        return;
    }
    let shared = Shared::new();
    let parent = shared.folder.parent().unwrap().parent().unwrap().to_owned();
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o500)).unwrap();
    for _ in 0..2 {
        shared.call().await.unwrap();
    }
    assert_eq!(shared.rig.token_requests(), 2);
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o700)).unwrap();

    // A good token that can be read and not replaced.
    shared.call().await.unwrap();
    fs::set_permissions(&shared.folder, fs::Permissions::from_mode(0o500)).unwrap();
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 3);
    shared.rig.clock.advance(Duration::from_secs(3600));
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 4);
    fs::set_permissions(&shared.folder, fs::Permissions::from_mode(0o700)).unwrap();
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    tempfile::tempdir()
        .unwrap()
        .path()
        .metadata()
        .unwrap()
        .uid()
        == 0
}

/// `ZUORA_TEST_FULL_DISK` names a folder on a small file system, which the test fills.
#[tokio::test(start_paused = true)]
async fn a_full_disk_costs_sharing_and_not_the_call() {
    let Some(disk) = std::env::var_os("ZUORA_TEST_FULL_DISK").map(PathBuf::from) else {
        eprintln!(
            "SKIPPED a_full_disk_costs_sharing_and_not_the_call: ZUORA_TEST_FULL_DISK names no small disk"
        );
        return;
    };
    let shared = Shared::new();
    let folder = disk.join("tokens");
    let client = shared.process_at(&folder);
    shared.rig.get(&client).await.unwrap();
    let before: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    // Fill it to the last byte.
    let filler = disk.join("filler");
    let mut size = 1 << 20;
    let mut file = fs::File::create(&filler).unwrap();
    while size > 0 {
        use std::io::Write;
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
    shared.rig.clock.advance(Duration::from_secs(3600));
    for _ in 0..2 {
        let client = shared.process_at(&folder);
        shared.rig.get(&client).await.unwrap();
    }
    assert_eq!(shared.rig.token_requests(), 3);
    let after: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(
        before.len(),
        after.len(),
        "nothing half-written stays: {after:?}"
    );
    fs::remove_file(filler).unwrap();
    let client = shared.process_at(&folder);
    shared.rig.get(&client).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn somebody_who_keeps_the_lock_is_not_waited_for_too_long() {
    let shared = Shared::new();
    shared.call().await.unwrap();
    let lock = shared
        .files(".lock")
        .into_iter()
        .find(|path| !path.to_str().unwrap().contains("requests-"))
        .unwrap();
    let held = fs::File::open(lock).unwrap();
    held.lock().unwrap();
    // A good token needs no lock.
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 1);
    shared.rig.clock.advance(Duration::from_secs(3600));
    let begun = zuora_core::Clock::now(&shared.rig.clock);
    shared.call().await.unwrap();
    let waited = zuora_core::Clock::now(&shared.rig.clock) - begun;
    assert!(
        waited >= Duration::from_secs(30) && waited < Duration::from_secs(32),
        "{waited:?}"
    );
    assert_eq!(shared.rig.token_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_401_others_find_the_new_token() {
    let shared = Shared::new();
    let (one, two) = (shared.process(), shared.process());
    shared.rig.get(&one).await.unwrap();
    shared.rig.get(&two).await.unwrap();
    shared.rig.sim.revoke_all_tokens();
    shared.rig.get(&one).await.unwrap();
    shared.rig.get(&two).await.unwrap();
    shared.call().await.unwrap();
    assert_eq!(shared.rig.token_requests(), 2);
    assert_eq!(
        shared
            .rig
            .sim
            .requests()
            .to("getAccount")
            .with_status(401)
            .count(),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn a_loop_of_processes_with_bad_credentials_asks_rarely() {
    let shared = Shared::new();
    shared.rig.sim.set_secret(CLIENT_ID, "another");
    for second in 0..600 {
        let error = shared.call().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{second}: {error}");
        shared.rig.clock.advance(Duration::from_secs(1));
    }
    // 0, 30, 90, 210, 450 s.
    assert_eq!(shared.rig.token_requests(), 5);
    assert!(
        shared
            .call()
            .await
            .unwrap_err()
            .to_string()
            .contains("refused before")
    );
    let text = fs::read_to_string(shared.token_file()).unwrap();
    assert!(!text.contains("MARKED"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_gives_the_same_token_is_asked_twice_a_life_by_processes_too() {
    let shared = Shared::of(Rig::with(|sim| sim.token_reuse(TokenReuse::Same)));
    for _ in 0..3598 {
        shared.call().await.unwrap();
        shared.rig.clock.advance(Duration::from_secs(1));
    }
    assert!(
        shared.rig.token_requests() <= 2,
        "{}",
        shared.rig.token_requests()
    );
}

#[tokio::test(start_paused = true)]
async fn old_files_go_and_locks_stay() {
    let shared = Shared::new();
    shared.call().await.unwrap();
    let old = shared.token_file();
    let other = shared
        .rig
        .builder()
        .org_ids([zuora_core::OrgId::new("7").unwrap()])
        .token_store(Arc::new(
            FileStore::at(&shared.folder).with_clock(Arc::new(shared.rig.clock.clone())),
        ))
        .build()
        .unwrap();
    shared.rig.clock.advance(Duration::from_secs(23 * 3600));
    shared.rig.run(other.token()).await.unwrap();
    assert!(old.exists(), "ended less than a day ago");
    shared.rig.clock.advance(Duration::from_secs(3 * 3600));
    shared.rig.run(other.token()).await.unwrap();
    assert!(!old.exists());
    assert_eq!(shared.files(".lock").len(), 3, "two keys and the origin");
}

#[tokio::test(start_paused = true)]
async fn one_429_is_obeyed_by_all_processes() {
    let shared = Shared::new();
    shared
        .rig
        .sim
        .inject(
            Fault::on("createToken")
                .status(429)
                .retry_after("600")
                .times(1),
        )
        .unwrap();
    for _ in 0..10 {
        let error = shared.call().await.unwrap_err();
        assert!(error.is_rate_limited(), "{error}");
        assert!(error.retry_after().unwrap() > Duration::from_secs(60));
    }
    assert_eq!(shared.rig.token_requests(), 1);
    shared.rig.clock.advance(Duration::from_secs(601));
    shared.call().await.unwrap();
}

const ENTITIES: [&str; 2] = [
    "11e643f4-a3ee-8bad-b061-0025904c756d",
    "22e643f4-a3ee-8bad-b061-0025904c756d",
];

#[tokio::test(start_paused = true)]
async fn a_default_entity_header_narrows_no_token_of_others() {
    let shared = Shared::new();
    let client = zuora_sim::SimClient::new(CLIENT_ID, SECRET).entities(ENTITIES);
    shared.rig.sim.add_client(client);
    let store =
        Arc::new(FileStore::at(&shared.folder).with_clock(Arc::new(shared.rig.clock.clone())));
    let narrow = shared
        .rig
        .builder()
        .token_store(store)
        .default_header("Zuora-Entity-Ids", ENTITIES[0])
        .build()
        .unwrap();
    shared.rig.get(&narrow).await.unwrap();
    let wide = shared.process();
    let call = wide
        .request(http::Method::GET, ACCOUNT)
        .entity_id(ENTITIES[1]);
    shared.rig.run(call.into_future()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_loop_of_processes_with_a_401_asks_once_a_minute() {
    let shared = Shared::new();
    shared
        .rig
        .sim
        .inject(Fault::on("getAccount").status(401))
        .unwrap();
    for _ in 0..240 {
        assert!(shared.call().await.unwrap_err().is_auth());
        shared.rig.clock.advance(Duration::from_millis(500));
    }
    // Two minutes: the first token, one replaced at once, one a minute later, perhaps one more.
    assert!(
        shared.rig.token_requests() <= 4,
        "{}",
        shared.rig.token_requests()
    );
    shared.rig.sim.clear_faults();
    shared.call().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn to_invalidate_is_to_ask_anew_whatever_the_store_says() {
    let shared = Shared::new();
    shared.rig.sim.set_secret(CLIENT_ID, "another");
    let client = shared.process();
    shared.rig.get(&client).await.unwrap_err();
    shared.rig.sim.set_secret(CLIENT_ID, SECRET);
    client.invalidate();
    shared.rig.get(&client).await.unwrap();
    assert_eq!(shared.rig.token_requests(), 2);

    let unused = shared.process();
    unused.invalidate();
    shared.rig.get(&unused).await.unwrap();
    assert_eq!(shared.rig.token_requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_from_a_wrong_clock_is_not_obeyed() {
    let shared = Shared::new();
    shared.rig.sim.set_secret(CLIENT_ID, "another");
    shared.call().await.unwrap_err();
    shared.rig.sim.set_secret(CLIENT_ID, SECRET);
    let day = Duration::from_secs(24 * 3600);
    shared.rig.clock.set_wall(shared.rig.clock.wall() - day);
    shared.call().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn absurd_counts_in_a_file_do_no_harm() {
    let shared = Shared::new();
    shared.rig.sim.set_secret(CLIENT_ID, "another");
    shared.call().await.unwrap_err();
    let file = shared.token_file();
    let text = fs::read_to_string(&file).unwrap();
    for absurd in ["4294967295", "18446744073709551615"] {
        fs::write(
            &file,
            text.replace("\"times\":1", &format!("\"times\":{absurd}")),
        )
        .unwrap();
        shared.rig.clock.advance(Duration::from_secs(400));
        let before = shared.rig.token_requests();
        assert_eq!(shared.call().await.unwrap_err().kind(), ErrorKind::Auth);
        assert_eq!(shared.rig.token_requests(), before + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_window_does_not_keep_the_lock() {
    let shared = Shared::new();
    let process = || {
        let store = FileStore::at(&shared.folder).with_clock(Arc::new(shared.rig.clock.clone()));
        shared
            .rig
            .builder()
            .token_requests_per_minute(1)
            .token_store(Arc::new(store))
            .build()
            .unwrap()
    };
    let used = zuora_core::OAuthApi::new(&process()).create_token(CLIENT_ID, SECRET);
    shared.rig.run(used.into_future()).await.unwrap();
    // The window is full for a minute, longer than anybody waits for a lock.
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let client = process();
            tokio::spawn(async move { client.token().await })
        })
        .collect();
    shared
        .rig
        .run(async {
            for task in tasks {
                task.await.unwrap().unwrap();
            }
        })
        .await;
    assert_eq!(
        shared.rig.token_requests(),
        2,
        "one by name, one for all four"
    );
}
