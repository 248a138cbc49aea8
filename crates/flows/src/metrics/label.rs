//! Labels: values of which there are few and which are known when the server is built.
use grantor_protocol::OAuthErrorCode;
use grantor_protocol::words::GrantType;

/// A value with a number, so that a counter for each is an array.
pub trait Label: Copy + 'static {
    /// How many there are.
    const COUNT: usize;
    /// Its number, less than `COUNT`.
    fn index(self) -> usize;
    /// The one with this number.
    fn at(index: usize) -> Self;
}

/// Declares an enum whose variants have one spelling in `/metrics`.
macro_rules! labels {
    ($(#[doc = $doc:literal])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),+ }
        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The spelling in `/metrics`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        $crate::metrics::label::numbered!($name);
    };
}
pub(super) use labels;

/// Numbers an enum without fields by the order of its variants, which is that of its `ALL`.
macro_rules! numbered {
    ($name:ident) => {
        impl $crate::metrics::Label for $name {
            const COUNT: usize = Self::ALL.len();
            fn index(self) -> usize {
                self as usize
            }
            fn at(index: usize) -> Self {
                Self::ALL[index]
            }
        }
    };
}
pub(super) use numbered;

numbered!(GrantType);
numbered!(OAuthErrorCode);

impl Label for bool {
    const COUNT: usize = 2;
    fn index(self) -> usize {
        usize::from(self)
    }
    fn at(index: usize) -> Self {
        index == 1
    }
}

impl<L: Label> Label for Option<L> {
    const COUNT: usize = L::COUNT + 1;
    fn index(self) -> usize {
        self.map_or(0, |label| label.index() + 1)
    }
    fn at(index: usize) -> Self {
        index.checked_sub(1).map(L::at)
    }
}

impl<A: Label, B: Label> Label for (A, B) {
    const COUNT: usize = A::COUNT * B::COUNT;
    fn index(self) -> usize {
        self.0.index() * B::COUNT + self.1.index()
    }
    fn at(index: usize) -> Self {
        (A::at(index / B::COUNT), B::at(index % B::COUNT))
    }
}
