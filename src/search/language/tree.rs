//! What a query says, as a tree: the parser makes it, the evaluator walks it, `--explain` prints it.

/// A query taken apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    /// What to find; `None` where the query has conditions alone, or nothing.
    pub expression: Option<Expression>,
    /// Conditions on the whole query, in the order they were typed.
    pub filters: Vec<Filter>,
}

impl Tree {
    /// The picture files that it names, in order.
    pub fn picture_files(&self) -> Vec<&str> {
        let mut files = Vec::new();
        if let Some(expression) = &self.expression {
            expression.add_picture_files(&mut files);
        }
        files
    }
}

/// Something to find.
///
/// The parser keeps trees plain: an `All` is never a part of an `All`, an `Any` never of an `Any`,
/// and neither holds a single part that could stand for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// Words and other things beside each other: one description, and parts that must all be there.
    All {
        /// Words, phrases, prefixes: read together, the more the better.
        terms: Vec<Term>,
        /// What else must be there, or as [`Expression::Not`] must not.
        parts: Vec<Expression>,
    },
    /// `a OR b`: any of them.
    Any(Vec<Expression>),
    /// `-(…)`, `-seen:"…"`: a part of an [`Expression::All`], nowhere else.
    Not(Box<Expression>),
    /// `said:(…)`: all words inside on one channel.
    In {
        /// The channel.
        channel: Channel,
        /// What to find there.
        inside: Box<Expression>,
    },
    /// `(… lang:fr)`: conditions on a part of the query.
    Where {
        /// The part.
        inside: Box<Expression>,
        /// Its conditions.
        filters: Vec<Filter>,
    },
    /// `seen:"…"`, `like:…`, and sums of them: the weighted sum is looked for among the pictures.
    Likeness(Vec<Likeness>),
    /// Moments by how they lie in time.
    Timed(Timed),
}

/// A word, a phrase or a piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Where it must be found; `None` for anywhere. Never [`Channel::Seen`].
    pub channel: Option<Channel>,
    /// What it asks of a moment.
    pub demand: Demand,
    /// How it is matched.
    pub form: Form,
    /// The words, without operators.
    pub text: String,
}

/// What a term asks of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// The more of these, the better.
    Wanted,
    /// `+word`, `"a phrase"`: it must be there.
    Required,
    /// `-word`: it must not.
    Excluded,
}

/// How a term is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Word by word, in any inflection.
    Words,
    /// `"as it stands"`.
    Phrase,
    /// `pre*`.
    Prefix,
    /// `fuzz~`, `fuzz~1`, `fuzz~2`: at most so many typing errors.
    Fuzzy {
        /// 1 or 2.
        distance: u8,
    },
}

/// Where something is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// `said:`, `speech:`: words heard or subtitled.
    Said,
    /// `text:`, `screen:`, `screen_text:`: words seen in the picture.
    Text,
    /// `tag:`, `metadata:`: tags, titles and names.
    Tag,
    /// `name:`: the same words as `tag:`, as it has always been.
    Name,
    /// `seen:`: what pictures look like.
    Seen,
}

impl Channel {
    /// The name it is printed with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Text => "text",
            Self::Tag => "tag",
            Self::Name => "name",
            Self::Seen => "seen",
        }
    }
}

/// One operand of a sum of likenesses.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// What its vector is multiplied with, at most [`MAX_WEIGHT`](super::MAX_WEIGHT); negative where it is subtracted, never 0.
    pub weight: f32,
    /// What it is like.
    pub example: Example,
}

/// What a picture may be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Example {
    /// A description.
    Description(String),
    /// A picture of the library.
    Asset {
        /// The first 8 to 64 hexadecimal digits of the asset's id, in lower case.
        prefix: String,
        /// The time of the picture in milliseconds; the asset's first picture where none is given.
        at_millis: Option<i64>,
    },
    /// A picture file.
    File(String),
}

/// Moments by how they lie in time; all within one asset.
#[derive(Debug, Clone, PartialEq)]
pub enum Timed {
    /// `a then b then c within 20s`: each begins where the one before has ended, or later.
    Then {
        /// Two or more.
        steps: Vec<Expression>,
        /// From the end of the first to the begin of the last at most, in milliseconds;
        /// [`DEFAULT_WITHIN_MILLIS`](super::DEFAULT_WITHIN_MILLIS) where none is given.
        within_millis: Option<i64>,
    },
    /// `a during b`: the first lies inside the second.
    During(Box<[Expression; 2]>),
    /// `a overlaps b`: both share time.
    Overlaps(Box<[Expression; 2]>),
    /// `a not b within 10s`: the first, where the second is nowhere near.
    Apart {
        /// What to find, and what must not be near it.
        sides: Box<[Expression; 2]>,
        /// How near, before or after, in milliseconds.
        within_millis: i64,
    },
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// `-lang:fr`: what fits is left out.
    pub is_excluded: bool,
    /// What must fit.
    pub condition: Condition,
}

/// What a filter asks. Several languages, collections, files or kinds of asset are alternatives;
/// everything else must hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `after:2024-07-26`: recorded on this day or later, `YYYY-MM-DD`.
    After(String),
    /// `before:2024-08-12`: recorded before this day, `YYYY-MM-DD`.
    Before(String),
    /// `longer:5s`: the moment lasts at least so many milliseconds.
    Longer(i64),
    /// `shorter:2m`: the moment lasts at most so many milliseconds.
    Shorter(i64),
    /// `lang:fr`: spoken or written in the asset; a code in lower case.
    Language(String),
    /// `collection:boxing`: a collection's name.
    Collection(String),
    /// `file:final`: a part of a path, or a glob.
    File(String),
    /// `is:video`.
    Is(Property),
    /// `has:speech`: somebody speaks in the asset.
    HasSpeech,
}

/// What `is:` can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// A still picture.
    Image,
    /// A video.
    Video,
    /// Sound alone.
    Audio,
    /// Shots without colour.
    BlackAndWhite,
    /// Assets whose sound is silence.
    Silent,
    /// Shots from a camera that does not move.
    Still,
}

impl Property {
    /// All properties.
    pub const ALL: [Self; 6] = [
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::BlackAndWhite,
        Self::Silent,
        Self::Still,
    ];

    /// The name after `is:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::BlackAndWhite => "bw",
            Self::Silent => "silent",
            Self::Still => "still",
        }
    }
}

impl Expression {
    /// Words alone, as an expression.
    pub fn of_terms(terms: Vec<Term>) -> Self {
        Self::All {
            terms,
            parts: Vec::new(),
        }
    }

    /// Whether it asks for something, as against excluding only.
    pub fn is_positive(&self) -> bool {
        match self {
            Self::All { terms, parts } => {
                terms.iter().any(|term| term.demand != Demand::Excluded)
                    || parts.iter().any(Self::is_positive)
            }
            Self::Not(_) => false,
            Self::Where { inside, .. } => inside.is_positive(),
            Self::Any(_) | Self::In { .. } | Self::Likeness(_) | Self::Timed(_) => true,
        }
    }

    /// What it is made of.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::All { parts, .. } | Self::Any(parts) => parts,
            Self::Not(inside) | Self::In { inside, .. } | Self::Where { inside, .. } => {
                std::slice::from_ref(inside)
            }
            Self::Likeness(_) => &[],
            Self::Timed(Timed::Then { steps, .. }) => steps,
            Self::Timed(
                Timed::During(sides) | Timed::Overlaps(sides) | Timed::Apart { sides, .. },
            ) => &sides[..],
        }
    }

    /// How many words, phrases and examples it has.
    pub fn count_clauses(&self) -> usize {
        let own = match self {
            Self::All { terms, .. } => terms.len(),
            Self::Likeness(examples) => examples.len(),
            _ => 0,
        };
        own + self.parts().iter().map(Self::count_clauses).sum::<usize>()
    }

    fn add_picture_files<'a>(&'a self, files: &mut Vec<&'a str>) {
        if let Self::Likeness(sum) = self {
            files.extend(sum.iter().filter_map(|likeness| match &likeness.example {
                Example::File(path) => Some(path.as_str()),
                Example::Description(_) | Example::Asset { .. } => None,
            }));
        }
        for part in self.parts() {
            part.add_picture_files(files);
        }
    }
}
