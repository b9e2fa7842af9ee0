//! Where a page of an answer begins, as a text that goes to the asker and comes back.

use super::error::SearchError;
use crate::domain::{Picture, Query};

/// The begin of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Of the query, its filters and its pictures: another query has other pages.
    query: u64,
    /// Moments on the pages before.
    pub offset: u32,
    /// How long the lists of the first page were: longer ones would change the order.
    pub length: u32,
}

impl Cursor {
    /// The cursor that `query` goes on at, or the begin of its first page, whose lists are `length`
    /// long.
    ///
    /// # Errors
    /// `WrongCursor` where its cursor was made for another query, or by nobody here.
    pub(super) fn of(
        query: &Query,
        pictures: &[(String, Picture)],
        length: usize,
    ) -> Result<Self, SearchError> {
        let first = Self {
            query: hash(query, pictures),
            offset: 0,
            length: length as u32,
        };
        let Some(text) = &query.cursor else {
            return Ok(first);
        };
        let wrong = |reason| SearchError::WrongCursor {
            cursor: text.chars().take(60).collect(),
            reason,
        };
        let read = Self::read(text).ok_or_else(|| wrong("it is no cursor of an answer"))?;
        if read.query != first.query {
            return Err(wrong("it belongs to another query or other filters"));
        }
        Ok(read)
    }

    /// The begin of the page after, as a text.
    pub(super) fn next(self, offset: usize) -> String {
        format!(
            "{:016x}{:08x}{:08x}",
            self.query, offset as u32, self.length
        )
    }

    fn read(text: &str) -> Option<Self> {
        let is_hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hexadecimal.then_some(())?;
        let length = u32::from_str_radix(&text[24..], 16).ok()?;
        super::retrieve::LIST_LENGTH
            .contains(&(length as usize))
            .then_some(())?;
        Some(Self {
            query: u64::from_str_radix(&text[..16], 16).ok()?,
            offset: u32::from_str_radix(&text[16..24], 16).ok()?,
            length,
        })
    }
}

fn hash(query: &Query, pictures: &[(String, Picture)]) -> u64 {
    let asked = serde_json::to_vec(&(&query.text, &query.filters, query.weak))
        .expect("texts and lists of texts are JSON");
    let mut hasher = blake3::Hasher::new();
    hasher.update(&asked);
    for (_, picture) in pictures {
        hasher.update(&picture.rgb);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str, cursor: Option<String>) -> Query {
        Query {
            text: text.to_owned(),
            cursor,
            ..Query::default()
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_own_query_alone() {
        let first = Cursor::of(&query("gold", None), &[], 200).unwrap();
        let next = first.next(24);
        let read = Cursor::of(&query("gold", Some(next.clone())), &[], 500).unwrap();
        assert_eq!((read.offset, read.length), (24, 200));
        let refused = |text: &str, cursor: &str| {
            Cursor::of(&query(text, Some(cursor.to_owned())), &[], 200)
                .unwrap_err()
                .to_string()
        };
        assert!(refused("silver", &next).contains("another query"));
        let picture = Picture {
            width: 1,
            height: 1,
            rgb: vec![1, 2, 3],
        };
        let pictures = [("a.png".to_owned(), picture)];
        assert!(Cursor::of(&query("gold", Some(next.clone())), &pictures, 200).is_err());
        for text in ["", "24", "zz", &"0".repeat(32), &"é".repeat(16), &next[1..]] {
            assert!(refused("gold", text).contains("no cursor"), "{text}");
        }
    }
}
