//! Words side by side as the word index and the models take them.

use super::{
    language::{Channel, Demand, Form, Term},
    parse::Request,
};
use crate::store::WordField;

/// What words side by side come to.
#[derive(Default)]
pub(super) struct Words {
    /// What is wanted of each source; `None` where nothing is.
    pub(super) request: Option<Request>,
    /// Descriptions of what must not be seen.
    pub(super) unseen: Vec<String>,
    /// Queries for what must not be there.
    pub(super) excluded: Vec<String>,
}

impl Words {
    /// Reads `terms` that stand in parentheses of `channel`, or beside an operator of time.
    pub(super) fn read(terms: &[Term], channel: Option<Channel>, is_operand: bool) -> Self {
        let (excluded, positive): (Vec<&Term>, Vec<&Term>) = terms
            .iter()
            .partition(|term| term.demand == Demand::Excluded);
        if channel == Some(Channel::Seen) {
            let texts: Vec<&str> = positive.iter().map(|term| term.text.as_str()).collect();
            let description = texts.join(" ");
            return Self {
                request: (!texts.is_empty()).then(|| Request {
                    words: description,
                    description: None,
                    excluded: None,
                    needs_words: false,
                    notes: Vec::new(),
                }),
                unseen: excluded.iter().map(|term| term.text.clone()).collect(),
                excluded: Vec::new(),
            };
        }
        let typed: Vec<String> = positive.iter().map(|term| typed(term, channel)).collect();
        let mut request = Request::read(&typed.join(" "));
        if let ([only], true, Some(request)) = (&positive[..], is_operand, &mut request)
            && only.form == Form::Phrase
            && only.channel.or(channel).is_none()
        {
            // What a crowd does is seldom said in these words: beside an operator of time a phrase is
            // also what the picture shows or a passage means.
            request.description = Some(only.text.clone());
            request.needs_words = false;
        }
        Self {
            request,
            unseen: Vec::new(),
            excluded: excluded
                .iter()
                .map(|term| {
                    let wanted = Term {
                        demand: Demand::Wanted,
                        ..(*term).clone()
                    };
                    self::typed(&wanted, channel)
                })
                .collect(),
        }
    }
}

/// A term in the syntax of the word index, in the channel around it where it has none.
fn typed(term: &Term, channel: Option<Channel>) -> String {
    let term = Term {
        channel: term.channel.or(channel),
        ..term.clone()
    };
    let text = term.to_string();
    // The apostrophe that keeps an operator a word is no part of the word.
    text.strip_prefix('\'').map_or(text.clone(), str::to_owned)
}

/// The word field of a channel of words.
pub(super) fn word_field(channel: Channel) -> WordField {
    match channel {
        Channel::Said => WordField::Speech,
        Channel::Text => WordField::ScreenText,
        Channel::Tag | Channel::Name | Channel::Seen => WordField::Metadata,
    }
}
