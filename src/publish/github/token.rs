//! The token: checked once, sent in one header, shown nowhere.

use http::HeaderValue;
use std::fmt;

/// Longer than any token of GitHub's; a header must fit into what servers take.
const LONGEST: usize = 4096;

/// A token of GitHub's API. Neither `Debug` nor an error ever shows it, and it has no `Display`.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes the value of `GITHUB_TOKEN`; white space around it is dropped.
    ///
    /// # Errors
    /// Nothing in it; more than 4096 characters; characters that no token has, such as a line break inside.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        if text.len() > LONGEST {
            return Err(TokenError::Long(text.len()));
        }
        let strange = |c: char| !('\x21'..='\x7e').contains(&c);
        match text.chars().position(strange) {
            Some(index) => Err(TokenError::Character(index + 1)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// Removes the token from a text of someone who was sent it.
    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }

    /// The value of the header `authorization`, marked so that no layer below shows it.
    pub(super) fn header(&self) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// The text is no token. Says where it is wrong, never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing, or white space.
    #[error("it is empty; in a workflow, pass `env: GITHUB_TOKEN: ${{{{ github.token }}}}`")]
    Empty,
    /// Too long for a header; its length in bytes.
    #[error("it has {0} bytes, and no token has more than {LONGEST}")]
    Long(usize),
    /// A character that no token has; its position, from 1.
    #[error(
        "character {0} of it is a space, a line break, or another one that no token has; pass the token alone"
    )]
    Character(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_token_is_dropped() {
        let token = Token::new(" \tghs_abc\r\n").unwrap();
        assert_eq!(token.header().unwrap(), "Bearer ghs_abc");
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_shown() {
        let long = "a".repeat(5000);
        let table = [
            ("", TokenError::Empty),
            (" \n", TokenError::Empty),
            ("ghs_secret\nx: y", TokenError::Character(11)),
            ("ghs secret", TokenError::Character(4)),
            ("\u{feff}ghs_secret", TokenError::Character(1)),
            ("ghs_sécret", TokenError::Character(6)),
            ("ghs_\0secret", TokenError::Character(5)),
            ("ghs_secret\u{7f}", TokenError::Character(11)),
            (&long, TokenError::Long(5000)),
        ];
        for (text, error) in table {
            let refused = Token::new(text).unwrap_err();
            assert_eq!(refused, error, "{text:?}");
            assert!(!format!("{refused} {refused:?}").contains("secret"));
        }
        let help = TokenError::Empty.to_string();
        assert!(help.contains("${{ github.token }}"), "{help}");
    }

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new("ghs_secret").unwrap();
        assert_eq!(format!("{token:?} {token:#?}").matches("secret").count(), 0);
        let header = token.header().unwrap();
        assert!(header.is_sensitive());
        assert_eq!(format!("{header:?}"), "Sensitive");
        let echoed = "you sent `Bearer ghs_secret`, ghs_secret!";
        assert_eq!(token.redact(echoed), "you sent `Bearer ***`, ***!");
    }
}
