//! How long a page may be, and what of it is taken.

/// What a page must not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Characters of GitHub's comments. Nobody says how GitHub counts those beyond the basic plane: they count twice
    /// here, as in UTF-16, which is never less than what any other way of counting gives.
    Characters(usize),
    /// Bytes of UTF-8.
    Bytes(usize),
}

impl Size {
    /// How much of it the text takes.
    #[must_use]
    pub fn of(self, text: &str) -> usize {
        match self {
            Self::Bytes(_) => text.len(),
            Self::Characters(_) if text.is_ascii() => text.len(),
            Self::Characters(_) => text.chars().map(char::len_utf16).sum(),
        }
    }

    /// The most.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Characters(most) | Self::Bytes(most) => most,
        }
    }
}

/// What is left of a page.
#[derive(Debug)]
pub(in crate::report) struct Room {
    size: Size,
    left: usize,
}

impl Room {
    pub(in crate::report) const fn new(size: Size) -> Self {
        Self {
            size,
            left: size.most(),
        }
    }

    pub(in crate::report) const fn left(&self) -> usize {
        self.left
    }

    pub(in crate::report) const fn size(&self) -> Size {
        self.size
    }

    /// The text, if it fits as a whole.
    pub(in crate::report) fn take(&mut self, text: String) -> Option<String> {
        self.left = self.left.checked_sub(self.size.of(&text))?;
        Some(text)
    }

    /// Keeps something for later; as much as there is.
    pub(in crate::report) fn set_aside(&mut self, wanted: usize) -> usize {
        let kept = wanted.min(self.left);
        self.left -= kept;
        kept
    }

    /// Gives back what was kept.
    pub(in crate::report) const fn give_back(&mut self, kept: usize) {
        self.left += kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_beyond_the_basic_plane_count_twice() {
        let characters = Size::Characters(9);
        assert_eq!(characters.of("abc"), 3);
        assert_eq!(characters.of("é日"), 2);
        assert_eq!(characters.of("\u{1f600}"), 2);
        assert_eq!(Size::Bytes(9).of("é日\u{1f600}"), 9);
    }

    #[test]
    fn what_does_not_fit_takes_nothing() {
        let mut room = Room::new(Size::Characters(5));
        assert_eq!(room.take("abcdef".to_owned()), None);
        assert_eq!(room.take("äbc".to_owned()).as_deref(), Some("äbc"));
        assert_eq!(room.left(), 2);
        assert_eq!(room.set_aside(9), 2);
        room.give_back(1);
        assert_eq!(room.left(), 1);
    }
}
