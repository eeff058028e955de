//! Whether a body says at its top level that the call failed, without reading the rest of it.
//!
//! Every successful reply passes here, so this walks over the bytes once and keeps nothing. Only a
//! member `success` or `Success` of the outermost object counts: successful replies carry `error`,
//! `code` and `message`, and lists carry a `success` for each item.

/// Whether a top-level `success` or `Success` is `false`. Text that is not JSON says nothing.
pub(crate) fn says_failure(body: &[u8]) -> bool {
    let mut at = skip_space(body, 0);
    if body.get(at) != Some(&b'{') {
        return false;
    }
    at += 1;
    // Repeated members: the last one counts, of each name by itself.
    let mut failures = [false; 2];
    loop {
        at = skip_space(body, at);
        if body.get(at) != Some(&b'"') {
            break;
        }
        let Some(end) = string_end(body, at) else {
            break;
        };
        let name = &body[at + 1..end - 1];
        at = skip_space(body, end);
        if body.get(at) != Some(&b':') {
            break;
        }
        at = skip_space(body, at + 1);
        if let Some(name) = flag(name) {
            failures[name] = body[at..].starts_with(b"false");
        }
        at = match value_end(body, at) {
            Some(end) => skip_space(body, end),
            None => break,
        };
        match body.get(at) {
            Some(b',') => at += 1,
            _ => break,
        }
    }
    failures.contains(&true)
}

/// Which of the two names it is.
fn flag(name: &[u8]) -> Option<usize> {
    match name {
        b"success" => Some(0),
        b"Success" => Some(1),
        // Spelt with escapes: rare enough to be read the slow way.
        _ if name.contains(&b'\\') => {
            let name = zuora_wire::Json::parse([b"\"", name, b"\""].concat()).ok()?;
            ["success", "Success"]
                .iter()
                .position(|known| name.as_str() == Some(known))
        }
        _ => None,
    }
}

fn skip_space(body: &[u8], mut at: usize) -> usize {
    while matches!(body.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The place behind the string that begins at `at`.
fn string_end(body: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', body.get(at..)?)?;
        if body[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The place behind the value that begins at `at`.
fn value_end(body: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match *body.get(at)? {
            b'"' => {
                at = string_end(body, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_top_level_counts() {
        for (body, expected) in [
            (r#"{"success":false}"#, true),
            (
                r#" { "a" : [1,{"x":"}"}] , "Success" : false , "b":1}"#,
                true,
            ),
            (r#"{"succes\u0073":false}"#, true),
            (r#"{"success":true,"success":false}"#, true),
            (r#"{"success":false,"success":true}"#, false),
            (r#"{"success":true,"Success":false}"#, true),
            (r#"{"Success":false,"success":true}"#, true),
            (r#"{"success":true}"#, false),
            (r#"{"success":"false"}"#, false),
            (r#"{"a":{"success":false}}"#, false),
            (r#"[{"success":false}]"#, false),
            (r#"{"a":"\"success\":false"}"#, false),
            (r#"{"successful":false}"#, false),
            (r#"{"success":false,"cut":["#, true),
            (r#"{"success":fal"#, false),
            ("", false),
            ("{", false),
            ("{\"a", false),
            ("{\"a\\", false),
            ("<html>", false),
        ] {
            assert_eq!(says_failure(body.as_bytes()), expected, "{body}");
        }
    }
}
