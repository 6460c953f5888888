//! Output of other programs, made fit for our messages.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

/// Characters of a line that are shown.
const LINE_LIMIT: usize = 240;

/// Bytes from the end that are looked at.
const LOOK_AT: usize = 64 * 1024;

/// The last `lines` lines that are not blank, fit for a terminal: no control characters, escape sequences or
/// characters that change the direction of writing; long lines are cut.
#[must_use]
pub fn tail(bytes: &[u8], lines: usize) -> String {
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(LOOK_AT)..]);
    let mut last: Vec<String> = text
        .lines()
        .rev()
        .map(shown)
        .filter(|line| !line.is_empty())
        .take(lines)
        .collect();
    last.reverse();
    last.join("\n")
}

/// `exit status 3`, or `signal 11 (segmentation fault)`.
#[must_use]
pub fn describe_status(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => match signal_meaning(signal) {
            Some(meaning) => format!("signal {signal} ({meaning})"),
            None => format!("signal {signal}"),
        },
        (None, None) => status.to_string(),
    }
}

fn signal_meaning(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGSEGV => "segmentation fault",
        libc::SIGABRT => "abort",
        libc::SIGKILL => "killed, perhaps for want of memory",
        libc::SIGILL => "illegal instruction",
        libc::SIGBUS => "bus error",
        libc::SIGFPE => "arithmetic error",
        libc::SIGTERM => "terminated",
        libc::SIGINT => "interrupted",
        libc::SIGPIPE => "broken pipe",
        libc::SIGXCPU => "CPU time limit",
        libc::SIGTRAP => "trap",
        _ => return None,
    })
}

fn shown(line: &str) -> String {
    // A progress bar overwrites its line: what a reader last saw stands after the last carriage return.
    let line = line.trim_end().rsplit('\r').next().unwrap_or_default();
    let mut out = String::new();
    let mut characters = line.chars().peekable();
    let mut count = 0;
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_escape(&mut characters),
            '\t' => out.push(' '),
            hidden if is_hidden(hidden) => out.push('\u{fffd}'),
            visible => out.push(visible),
        }
        count += 1;
        if count == LINE_LIMIT && characters.peek().is_some() {
            out.push('…');
            break;
        }
    }
    out.trim_end().to_owned()
}

/// After ESC: a control sequence up to its final byte (ECMA-48, 5.4), an operating system command up to BEL or
/// its terminator, or a single character.
fn skip_escape(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match characters.next() {
        Some('[') => {
            characters.find(|character| ('@'..='~').contains(character));
        }
        Some(']') => {
            characters.find(|character| matches!(character, '\u{7}' | '\\'));
        }
        _ => {}
    }
}

/// Control characters, and those that reorder or hide text.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
