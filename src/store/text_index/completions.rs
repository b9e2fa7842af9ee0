//! Words of the index that begin as something typed does.

use std::collections::HashMap;

use tantivy::Searcher;

use super::{
    TextIndex,
    analysis::{Reading, words},
    schema::Fields,
    tantivy_error,
};
use crate::store::{StoreError, WordField};

/// More words than this are not looked through in one part of the index and field: what begins with
/// one letter may be a tenth of all words, and whoever types goes on typing.
const MAX_WORDS: usize = 20_000;

/// The last word of a text that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedWord {
    /// Its first byte in the text.
    pub start: usize,
    /// As the index has it: in lower case, without accents.
    pub folded: String,
}

/// The word that a text ends with; `None` where it ends with something else.
pub fn last_word(text: &str) -> Option<TypedWord> {
    let last = words(text, Reading::Query).pop()?;
    (last.end == text.len()).then_some(TypedWord {
        start: last.start,
        folded: last.folded,
    })
}

impl TextIndex {
    /// Words of `fields` that begin with `beginning`, which is folded, with the number of texts
    /// that hold them, the most frequent first.
    ///
    /// # Errors
    /// [`StoreError::Index`] when the index can't be read.
    pub fn words_beginning(
        &self,
        beginning: &str,
        fields: &[WordField],
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let view = self.view()?;
        let found = counted(&view.searcher, &self.fields, beginning, fields)
            .map_err(tantivy_error("be read"))?;
        let mut found: Vec<(Vec<u8>, u64)> = found.into_iter().collect();
        found.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        found.truncate(limit);
        let found = found.into_iter();
        Ok(found
            .filter_map(|(word, count)| Some((String::from_utf8(word).ok()?, count)))
            .collect())
    }
}

fn counted(
    searcher: &Searcher,
    index: &Fields,
    beginning: &str,
    fields: &[WordField],
) -> tantivy::Result<HashMap<Vec<u8>, u64>> {
    let mut found: HashMap<Vec<u8>, u64> = HashMap::new();
    for segment in searcher.segment_readers() {
        for field in fields {
            let inverted = segment.inverted_index(index.words(*field))?;
            let mut terms = inverted.terms().range().ge(beginning).into_stream()?;
            for _ in 0..MAX_WORDS {
                if !terms.advance() || !terms.key().starts_with(beginning.as_bytes()) {
                    break;
                }
                let texts = u64::from(terms.value().doc_freq);
                match found.get_mut(terms.key()) {
                    Some(count) => *count += texts,
                    None => drop(found.insert(terms.key().to_vec(), texts)),
                }
            }
        }
    }
    Ok(found)
}
