//! The file of a usage upload: what it must be before its rows are looked at.

use crate::{Upload, UploadPart, dispatch::Call, problem::Problem};

/// The field that must bring the file.
pub(crate) const FIELD: &str = "file";
/// The longest file name (documented).
const LONGEST_NAME: usize = 50;
/// What a file beyond the limit answers. The limit is documented, the code a guess.
const TOO_BIG_CODE_GUESS: u32 = 50_000_030;

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
