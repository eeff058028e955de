//! `uploadUsageFile`: `POST /v1/usage`. The file is counted, not read.

use crate::{
    Upload, UploadPart,
    dispatch::Call,
    ledger,
    message::Reply,
    problem::{Family, Problem},
};
use zuora_wire::Json;

/// The field that must bring the file.
pub(crate) const FIELD: &str = "file";
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

/// The upload and its file, if both are as they must be.
pub(crate) fn check<'a>(call: &Call<'a>) -> Result<(&'a Upload, &'a UploadPart), Problem> {
    let upload = call.request.upload.as_ref();
    let file = upload.and_then(|upload| upload.part(FIELD));
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
    let limit = call.shared.state().settings.usage_limit;
    if size > limit {
        let text = format!("The file has {size} bytes, more than {limit}");
        return Err(Problem::new(TOO_BIG_CODE_GUESS, "INVALID_VALUE", text));
    }
    Ok((upload, file))
}

fn take(call: &Call<'_>) -> Result<Reply, Problem> {
    let (upload, file) = check(call)?;
    let size = file.size;
    let mut state = call.shared.state();
    state.uploads.push(upload.without_content());
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
