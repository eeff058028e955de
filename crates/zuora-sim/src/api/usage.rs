//! `uploadUsageFile`: `POST /v1/usage`. The file is counted, not read.

use crate::{
    dispatch::Call,
    ledger,
    message::Reply,
    problem::{Family, Problem},
};
use zuora_wire::Json;

/// The field that must bring the file.
const FIELD: &str = "file";
/// The longest file name (documented).
const LONGEST_NAME: usize = 50;
/// What a file beyond the limit answers. The limit is documented, the code a guess.
const TOO_BIG_CODE_GUESS: u32 = 50_000_030;

pub(crate) fn upload(call: &Call<'_>) -> Reply {
    match take(call) {
        Ok(reply) => reply,
        Err(problem) => problem.reply(call, Family::Rest),
    }
}

fn take(call: &Call<'_>) -> Result<Reply, Problem> {
    let upload = call.request.upload.as_ref();
    let files = upload.iter().flat_map(|upload| &upload.parts);
    let file = files
        .clone()
        .find(|part| part.name.as_deref() == Some(FIELD));
    let (Some(upload), Some(file)) = (upload, file) else {
        let text = format!("The upload has no field {FIELD:?}");
        return Err(Problem::new(50_000_022, "MISSING_REQUIRED_VALUE", text));
    };
    let name = file.file_name.as_deref().unwrap_or_default();
    if name.len() > LONGEST_NAME || !name.to_ascii_lowercase().ends_with(".csv") {
        let text =
            format!("The file name must end in .csv and have at most {LONGEST_NAME} characters");
        return Err(Problem::bad_value(text));
    }
    let size = file.size;
    let mut state = call.shared.state();
    let limit = state.settings.usage_limit;
    if size > limit {
        drop(state);
        let text = format!("The file has {size} bytes, more than {limit}");
        return Err(Problem::new(TOO_BIG_CODE_GUESS, "INVALID_VALUE", text));
    }
    state.uploads.push(upload.clone());
    let import = state.ids.hex32();
    drop(state);
    ledger::note(call);
    let status = format!("{}/v1/usage/{import}/status", call.shared.base_url);
    Ok(Reply::ok(&Json::object([
        ("success", Json::from(true)),
        ("size", size.into()),
        ("checkImportStatus", status.into()),
    ])))
}
