//! In which line of a JSON document something stands, so that a refusal can say it.

/// What leads to a place: the member of an object, or the item of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

/// The line in which the member or item at the end of this path begins; where it is not written, what is
/// nearest above it.
pub(super) fn of(document: &str, path: &[Step<'_>]) -> usize {
    let mut ends = (0..=path.len()).rev();
    ends.find_map(|end| find(document, &path[..end]))
        .unwrap_or(1)
}

fn find(document: &str, path: &[Step<'_>]) -> Option<usize> {
    let mut at: Vec<Step<'_>> = Vec::new();
    let mut line = 1;
    let mut takes_name = false;
    let mut chars = document.char_indices();
    while let Some((place, c)) = chars.next() {
        let is_value = !c.is_whitespace() && !matches!(c, '}' | ']' | ',' | ':') && !takes_name;
        if is_value && at == path {
            return Some(line);
        }
        match c {
            '\n' => line += 1,
            '{' => {
                at.push(Step::Member(""));
                takes_name = true;
            }
            '[' => at.push(Step::Item(0)),
            '}' | ']' => {
                at.pop();
                takes_name = false;
            }
            ',' => match at.last_mut() {
                Some(Step::Item(count)) => *count += 1,
                _ => takes_name = true,
            },
            '"' => {
                let mut end = document.len();
                while let Some((place, c)) = chars.next() {
                    match c {
                        '\\' => drop(chars.next()),
                        '"' => {
                            end = place;
                            break;
                        }
                        _ => {}
                    }
                }
                if takes_name && let Some(last) = at.last_mut() {
                    *last = Step::Member(&document[place + 1..end]);
                    takes_name = false;
                    if at == path {
                        return Some(line);
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// The line up to which a broken document could still be JSON: the shortest beginning that is wrong
/// whatever follows is looked for line by line.
pub(super) fn broken(document: &str) -> usize {
    let mut depth: Vec<char> = Vec::new();
    let mut in_text = false;
    let mut line = 1;
    let mut chars = document.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' if in_text => return line,
            '\n' => line += 1,
            '\\' if in_text => {
                chars.next();
            }
            '"' => in_text = !in_text,
            _ if in_text => {}
            '{' | '[' => depth.push(c),
            '}' | ']' => {
                let open = if c == '}' { '{' } else { '[' };
                if depth.pop() != Some(open) {
                    return line;
                }
            }
            _ => {}
        }
    }
    line
}
