//! `uploadUsageFile`: `POST /v1/usage`. The file is counted, not read.

use crate::{
    dispatch::Call,
    ledger,
    message::Reply,
    problem::{Family, Problem},
    tenant::usage_file::check,
};
use zuora_wire::Json;

pub(crate) fn upload(call: &Call<'_>) -> Reply {
    match take(call) {
        Ok(reply) => reply,
        Err(problem) => problem.reply(call, Family::Rest),
    }
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
