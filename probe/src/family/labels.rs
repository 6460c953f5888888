//! Labels with a fixed set of values, known to the compiler.

/// One label with a fixed set of values: an enum made by [`labels!`](crate::labels), a `bool`, a [`Small`] number.
pub trait Label: Copy {
    /// How many values there are.
    const COUNT: usize;

    /// Which one this is, below [`COUNT`](Self::COUNT).
    fn index(self) -> usize;

    /// The text of the value with this index.
    fn text(index: usize) -> &'static str;
}

/// The labels of an [`EnumFamily`](crate::EnumFamily): a [`Label`], or a tuple of two to four of them.
pub trait Labels: Copy {
    /// How many combinations there are.
    const COUNT: usize;
    /// How many labels.
    const ARITY: usize;

    /// Which combination this is, below [`COUNT`](Self::COUNT).
    fn index(self) -> usize;

    /// The texts of these labels; the first [`ARITY`](Self::ARITY) are used.
    fn texts(self) -> [&'static str; 4];
}

impl<A: Label> Labels for A {
    const COUNT: usize = A::COUNT;
    const ARITY: usize = 1;

    #[inline]
    fn index(self) -> usize {
        Label::index(self)
    }

    fn texts(self) -> [&'static str; 4] {
        [A::text(Label::index(self)), "", "", ""]
    }
}

macro_rules! tuple {
    ($arity:literal: $($label:ident $value:ident $place:literal),+) => {
        impl<$($label: Label),+> Labels for ($($label,)+) {
            const COUNT: usize = 1 $(* $label::COUNT)+;
            const ARITY: usize = $arity;

            #[inline]
            fn index(self) -> usize {
                let ($($value,)+) = self;
                // An index that is too large is a mistake in somebody's `Label`; it must not become a panic.
                let index = 0_usize;
                $(let index = index.wrapping_mul($label::COUNT).wrapping_add($value.index());)+
                index
            }

            fn texts(self) -> [&'static str; 4] {
                let ($($value,)+) = self;
                let mut texts = [""; 4];
                $(texts[$place] = $label::text($value.index());)+
                texts
            }
        }
    };
}
tuple!(2: A a 0, B b 1);
tuple!(3: A a 0, B b 1, C c 2);
tuple!(4: A a 0, B b 1, C c 2, D d 3);

impl Label for bool {
    const COUNT: usize = 2;

    #[inline]
    fn index(self) -> usize {
        usize::from(self)
    }

    fn text(index: usize) -> &'static str {
        if index == 0 { "false" } else { "true" }
    }
}

/// A number from 0 to `N` - 1 as a label: a shard, a level, a class of status codes. Larger numbers count as the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Small<const N: usize>(pub u8);

impl<const N: usize> Label for Small<N> {
    const COUNT: usize = {
        assert!(N >= 1 && N <= 256, "a small number has 1 to 256 values");
        N
    };

    #[inline]
    fn index(self) -> usize {
        usize::from(self.0).min(N - 1)
    }

    fn text(index: usize) -> &'static str {
        DECIMALS.get(index * 3..index * 3 + 3).map_or("", |digits| {
            let zeros = if index < 10 {
                2
            } else {
                usize::from(index < 100)
            };
            std::str::from_utf8(digits)
                .ok()
                .and_then(|digits| digits.get(zeros..))
                .unwrap_or("")
        })
    }
}

/// 000001002...255, three digits each.
static DECIMALS: [u8; 256 * 3] = {
    let mut digits = [0; 256 * 3];
    let mut number = 0;
    while number < 256 {
        digits[number * 3] = b'0' + (number / 100) as u8;
        digits[number * 3 + 1] = b'0' + (number / 10 % 10) as u8;
        digits[number * 3 + 2] = b'0' + (number % 10) as u8;
        number += 1;
    }
    digits
};

/// Declares an enum that is a [`Label`], with the text of each value.
///
/// ```
/// tollgate_probe::labels! {
///     /// What a query does.
///     pub enum Op { Select => "select", Insert => "insert" }
/// }
/// ```
#[macro_export]
macro_rules! labels {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$value_meta:meta])* $value:ident => $text:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $visibility enum $name {
            $($(#[$value_meta])* #[doc = $text] $value),+
        }

        impl $crate::Label for $name {
            const COUNT: usize = [$($text),+].len();

            #[inline]
            fn index(self) -> usize {
                self as usize
            }

            fn text(index: usize) -> &'static str {
                [$($text),+].get(index).copied().unwrap_or("")
            }
        }
    };
}
