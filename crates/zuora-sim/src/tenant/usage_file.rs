//! The file of a usage upload: what it must be before its rows are looked at.

use crate::{UploadPart, dispatch::Call, problem::Problem};

/// The field that must bring the file.
const FIELD: &str = "file";
/// The longest file name (documented).
const LONGEST_NAME: usize = 50;
/// What a file beyond the limit answers. The limit is documented, the code a guess.
const TOO_BIG_CODE_GUESS: u32 = 50_000_030;

/// The part of an upload that is its file.
pub(crate) fn part<'a>(call: &Call<'a>) -> Result<&'a UploadPart, Problem> {
    let parts = call.request.upload.iter().flat_map(|upload| &upload.parts);
    let mut files = parts.filter(|part| part.name.as_deref() == Some(FIELD));
    files.next().ok_or_else(|| {
        let text = format!("The upload has no field {FIELD:?}");
        Problem::new(50_000_022, "MISSING_REQUIRED_VALUE", text)
    })
}

/// Whether the upload and its file are as they must be.
pub(crate) fn check(call: &Call<'_>) -> Result<(), Problem> {
    let file = part(call)?;
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
    Ok(())
}

/// The text of an upload's file; nothing of one that is too large to be kept in memory.
pub(crate) fn text(call: &Call<'_>) -> Result<Option<String>, Problem> {
    if call.request.body.is_empty() {
        return Ok(None);
    }
    let content_type = call.request.header("content-type").unwrap_or_default();
    let unreadable = || Problem::bad_value("The file cannot be read");
    let boundary = multer::parse_boundary(content_type).map_err(|_| unreadable())?;
    let body = String::from_utf8_lossy(&call.request.body);
    let separator = format!("--{boundary}");
    let mut parts = body.split(separator.as_str());
    let name = format!("name=\"{FIELD}\"");
    let file = parts.find_map(|part| {
        let (head, content) = part.split_once("\r\n\r\n")?;
        head.contains(&name).then_some(content)
    });
    let file = file.ok_or_else(unreadable)?;
    Ok(Some(file.strip_suffix("\r\n").unwrap_or(file).to_owned()))
}
