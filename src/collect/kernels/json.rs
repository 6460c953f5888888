//! A JSON reader and writer for the `json` kernel and nothing else: frozen, where a library gets faster. It
//! allocates and branches as such code does; it is not meant to be a complete JSON.

use std::fmt::Write as _;

/// What the kernel reads.
pub(in crate::collect) const DOCUMENT: &str = r#"{"id":"0af7651916cd43dd8448eb211c80319c","name":"checkout","total":1234.5625,"paid":true,"note":null,
"customer":{"id":48213,"name":"Jos\u00e9 \"Pepe\" Garc\u00eda","mail":"jose@example.com","tags":["returning","newsletter","vip"],
"address":{"street":"Calle de Alcal\u00e1 50","city":"Madrid","zip":"28014","location":[40.4182,-3.6946]}},
"items":[{"sku":"A-1001","title":"Notebook, squared, 96 pages","count":3,"price":4.25,"weights":[0.31,0.305,0.3125],"gift":false},
{"sku":"B-2040","title":"Fountain pen\twith converter","count":1,"price":129.9,"weights":[0.045],"gift":true},
{"sku":"C-0007","title":"Ink, 50 ml, \"midnight\"","count":2,"price":12.75,"weights":[0.12,0.1199],"gift":false},
{"sku":"D-5512","title":"Desk lamp \\ 4000 K","count":1,"price":89.0,"weights":[2.4e0,1.9e-1],"gift":false}],
"timings":[1.5,2.25,3.125,1e3,1.5e-7,-12.75,0,100000,6.02214076e23,0.1,0.2,0.30000000000000004],
"trace":[[1,[2,[3,[4,[5,[6,[7,[8]]]]]]]],{"a":{"b":{"c":{"d":{}}}}},[],[[],[]]]}"#;

/// A JSON value.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// Parses and writes again; `None` if it is not what [`DOCUMENT`] is made of.
pub(in crate::collect) fn round_trip(text: &str) -> Option<String> {
    let mut reader = Reader {
        rest: text.as_bytes(),
    };
    let value = reader.value()?;
    let mut out = String::new();
    write(&value, &mut out);
    Some(out)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The next byte that is not blank, not taken.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.rest.first() {
            self.rest = &self.rest[1..];
        }
        self.rest.first().copied()
    }

    fn value(&mut self) -> Option<Value> {
        match self.peek()? {
            b'{' => self.map(),
            b'[' => self.list(),
            b'"' => Some(Value::Text(self.text()?)),
            b't' => self.word(b"true", Value::Bool(true)),
            b'f' => self.word(b"false", Value::Bool(false)),
            b'n' => self.word(b"null", Value::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8], value: Value) -> Option<Value> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(value)
    }

    fn number(&mut self) -> Option<Value> {
        let end = self
            .rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Value::Number(
            std::str::from_utf8(digits).ok()?.parse().ok()?,
        ))
    }

    fn text(&mut self) -> Option<String> {
        self.next()?;
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                b'"' => return String::from_utf8(bytes).ok(),
                b'\\' => match self.next()? {
                    b'n' => bytes.push(b'\n'),
                    b't' => bytes.push(b'\t'),
                    b'u' => {
                        let (digits, rest) = self.rest.split_at_checked(4)?;
                        self.rest = rest;
                        let code =
                            u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                        let character = char::from_u32(code)?;
                        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    other => bytes.push(other),
                },
                byte => bytes.push(byte),
            }
        }
    }

    fn list(&mut self) -> Option<Value> {
        self.next()?;
        let mut values = Vec::new();
        loop {
            match self.peek()? {
                b']' => {
                    self.next()?;
                    return Some(Value::List(values));
                }
                b',' => {
                    self.next()?;
                }
                _ => values.push(self.value()?),
            }
        }
    }

    fn map(&mut self) -> Option<Value> {
        self.next()?;
        let mut entries = Vec::new();
        loop {
            match self.peek()? {
                b'}' => {
                    self.next()?;
                    return Some(Value::Map(entries));
                }
                b'"' => {
                    let key = self.text()?;
                    if self.peek()? != b':' {
                        return None;
                    }
                    self.next()?;
                    entries.push((key, self.value()?));
                }
                b',' => {
                    self.next()?;
                }
                _ => return None,
            }
        }
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => {
            // Writing into a string cannot fail.
            let _ = write!(out, "{value}");
        }
        Value::Text(text) => write_text(text, out),
        Value::List(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
}
