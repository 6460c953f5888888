//! As much of HTML as renderers of Markdown write: tags, comments and text.

/// One piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `<name attributes>` or `</name>`, as written.
    Tag {
        name: String,
        closes: bool,
        whole: String,
    },
    /// Text, entities resolved.
    Text(String),
}

/// Renderers escape every `<` of a text, so that any that is left begins a tag.
pub(crate) fn pieces(html: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        if start > 0 {
            found.push(Piece::Text(unescaped(&rest[..start])));
        }
        let end = rest[start..]
            .find('>')
            .map_or(rest.len(), |at| start + at + 1);
        let whole = &rest[start..end];
        let inner = whole.trim_start_matches('<').trim_end_matches('>');
        let closes = inner.starts_with('/');
        let name: String = (inner.trim_start_matches('/').chars())
            .take_while(|c| !c.is_whitespace() && *c != '/')
            .collect();
        found.push(Piece::Tag {
            name,
            closes,
            whole: whole.to_owned(),
        });
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        found.push(Piece::Text(unescaped(rest)));
    }
    found
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Text outside `code` and `pre`: what GitHub's filters for mentions, issues, commits and emoji look at.
pub(crate) fn prose(pieces: &[Piece]) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Tag { name, closes, .. } if name == "code" || name == "pre" => {
                depth = if *closes { depth - 1 } else { depth + 1 };
                // So that texts on both sides of a span do not become one word.
                out.push('\u{1}');
            }
            Piece::Tag { .. } => out.push('\u{1}'),
            Piece::Text(text) if depth == 0 => out.push_str(text),
            Piece::Text(_) => {}
        }
    }
    out
}

/// The rows of all tables but their heads: text of each cell.
pub(crate) fn rows(pieces: &[Piece]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut in_cell = false;
    for piece in pieces {
        match piece {
            Piece::Tag {
                name,
                closes: false,
                ..
            } if name == "tr" => rows.push(Vec::new()),
            Piece::Tag { name, closes, .. } if name == "td" => {
                in_cell = !closes;
                if in_cell {
                    rows.last_mut().unwrap().push(String::new());
                }
            }
            Piece::Text(text) if in_cell => {
                rows.last_mut()
                    .and_then(|row| row.last_mut())
                    .unwrap()
                    .push_str(text);
            }
            _ => {}
        }
    }
    // Heads have `th`.
    rows.retain(|row| !row.is_empty());
    rows
}
