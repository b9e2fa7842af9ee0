//! Asks the sources of a library, one question at a time, and keeps account of it.

use std::time::Instant;

use super::{
    Searcher,
    account::Asked,
    error::SearchError,
    fuse::{Hit, Source},
    parse::Request,
    retrieve,
};
use crate::{
    domain::{RetrievalScope, SpaceId, SpaceKind},
    inference::{text::PassageEmbedder, vision::PictureEmbedder},
    store::{Store, WordField},
};

/// The sources that a search can ask.
pub(super) struct Sources<'a> {
    /// The library.
    pub(super) store: &'a Store,
    /// The picture model, where the library's pictures were embedded with it.
    pub(super) picture: Option<&'a dyn PictureEmbedder>,
    passage: Option<&'a dyn PassageEmbedder>,
    /// The library's spaces.
    pub(super) spaces: Vec<SpaceId>,
    /// What was asked so far.
    pub(super) account: Vec<Asked>,
    parts: u16,
}

impl<'a> Sources<'a> {
    /// The sources of a library; what can't be asked is told in `notes`.
    pub(super) fn new(
        searcher: &Searcher<'a>,
        notes: &mut Vec<String>,
    ) -> Result<Self, SearchError> {
        let spaces = searcher.store.catalog().spaces()?;
        let picture = searcher.picture.map(|model| model.space());
        let picture = usable(picture, SpaceKind::Picture, &spaces, notes);
        let passage = searcher.passage.map(|model| model.space());
        let passage = usable(passage, SpaceKind::Passage, &spaces, notes);
        Ok(Self {
            store: searcher.store,
            picture: searcher.picture.filter(|_| picture),
            passage: searcher.passage.filter(|_| passage),
            spaces,
            account: Vec::new(),
            parts: 0,
        })
    }

    /// A number for the next part of the query; the first is 0.
    pub(super) fn next_part(&mut self) -> u16 {
        let part = self.parts;
        self.parts = self.parts.saturating_add(1);
        part
    }

    /// What answers a request: its words in `fields`, and its description by meaning and by look.
    pub(super) fn request(
        &mut self,
        request: &Request,
        fields: &[WordField],
        scope: &RetrievalScope,
        length: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let mut hits = Vec::new();
        for (field, source) in retrieve::WORD_SOURCES {
            if fields.contains(&field) {
                let started = Instant::now();
                let found =
                    retrieve::words(self.store, &request.words, (field, source), scope, length)?;
                self.note(&request.words, source, found.len(), started);
                hits.extend(found);
            }
        }
        if let Some(description) = &request.description {
            hits.extend(self.look(description, scope, length)?);
            if let Some(model) = self.passage {
                let started = Instant::now();
                let vector = model.embed_query(description)?;
                let found = retrieve::vectors(self.store, model.space(), &vector, scope, length)?;
                self.note(description, Source::Passage, found.len(), started);
                hits.extend(found);
            }
        }
        Ok(hits)
    }

    /// Pictures that look like a description; none without a model.
    pub(super) fn look(
        &mut self,
        description: &str,
        scope: &RetrievalScope,
        length: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let Some(model) = self.picture else {
            return Ok(Vec::new());
        };
        let started = Instant::now();
        let Some(vector) = model.embed_texts(&[description])?.pop() else {
            return Ok(Vec::new());
        };
        let found = retrieve::vectors(self.store, model.space(), &vector, scope, length)?;
        self.note(description, Source::Picture, found.len(), started);
        Ok(found)
    }

    /// Pictures that are like a vector that no text alone was made to, and was made since `started`.
    pub(super) fn alike(
        &mut self,
        question: &str,
        started: Instant,
        space: &SpaceId,
        vector: &[f32],
        scope: &RetrievalScope,
        length: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let found = retrieve::alike(self.store, space, vector, scope, length)?;
        self.note(question, Source::Picture, found.len(), started);
        Ok(found)
    }

    fn note(&mut self, question: &str, source: Source, found: usize, started: Instant) {
        self.account.push(Asked::new(
            question,
            source.name(),
            Some(source.weight()),
            found,
            started,
        ));
    }
}

/// Whether the library's vectors of a kind can be searched; if not, the reason goes to `notes`.
fn usable(
    installed: Option<&SpaceId>,
    kind: SpaceKind,
    spaces: &[SpaceId],
    notes: &mut Vec<String>,
) -> bool {
    let (name, things) = match kind {
        SpaceKind::Picture => ("picture", "pictures"),
        SpaceKind::Passage => ("passage", "passages"),
    };
    let made: Vec<&str> = spaces
        .iter()
        .filter(|space| space.kind == kind)
        .map(|space| space.model.as_str())
        .collect();
    match installed {
        Some(space) if spaces.contains(space) => true,
        Some(_) if made.is_empty() => {
            notes.push(format!(
                "the library has no {name} vectors: {things} were searched by words alone"
            ));
            false
        }
        Some(space) => {
            notes.push(format!(
                "the library's {name} vectors were made with {}, the model in use is {}: {things} were searched by words alone; install the first, or run `reeldex index` again with the second",
                made.join(" and "),
                space.model
            ));
            false
        }
        None => {
            notes.push(format!(
                "no {name} model is installed{}: {things} were searched by words alone",
                if made.is_empty() {
                    String::new()
                } else {
                    format!(", the library was made with {}", made.join(" and "))
                }
            ));
            false
        }
    }
}
