//! Asks the sources of a library, one question at a time, and keeps account of it.

use std::{collections::BTreeSet, panic::resume_unwind, thread, time::Instant};

use super::{
    Searcher,
    account::Asked,
    error::SearchError,
    fuse::{Hit, Source},
    moments::Group,
    parse::Request,
    retrieve::{self, Listed, Near},
};
use crate::{
    domain::{RetrievalScope, SpaceId, SpaceKind},
    inference::{calibration::Thresholds, text::PassageEmbedder, vision::PictureEmbedder},
    store::{Store, WordField},
};

/// What a source found, and the account of it.
type Answered = (Listed, Asked);

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
    /// Models that were asked and never calibrated.
    uncalibrated: BTreeSet<String>,
    with_the_nearest: bool,
    parts: u16,
    /// Whether a source may have had more than was asked of it.
    is_cut: bool,
}

impl<'a> Sources<'a> {
    /// The sources of a library; what can't be asked is told in `notes`. Likeness below the
    /// cut-off counts where the nearest are wanted whatever they are.
    pub(super) fn new(
        searcher: &Searcher<'a>,
        with_the_nearest: bool,
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
            uncalibrated: BTreeSet::new(),
            with_the_nearest,
            parts: 0,
            is_cut: false,
        })
    }

    /// The same sources, for asking them beside these; [`take_back`](Self::take_back) puts both together.
    pub(super) fn beside(&self) -> Self {
        Self {
            spaces: self.spaces.clone(),
            account: Vec::new(),
            uncalibrated: BTreeSet::new(),
            parts: 0,
            is_cut: false,
            ..*self
        }
    }

    /// Tells that more may be excluded than was found.
    pub(super) fn note_cut(&mut self, is_cut: bool) {
        self.is_cut |= is_cut;
    }

    /// Takes over the account of sources that were asked beside these and gave `found`, whose parts
    /// get numbers after those of these. Whether a list of theirs was cut off.
    pub(super) fn take_back(&mut self, beside: Self, found: &mut [Group]) -> bool {
        let hits = found.iter_mut().flat_map(|group| &mut group.hits);
        for hit in hits {
            hit.part = hit.part.saturating_add(self.parts);
        }
        self.parts = self.parts.saturating_add(beside.parts);
        self.account.extend(beside.account);
        self.uncalibrated.extend(beside.uncalibrated);
        self.is_cut |= beside.is_cut;
        beside.is_cut
    }

    /// The space in which pictures are compared with each other: the model's, or without a model
    /// the library's, as a picture of the library needs none.
    pub(super) fn picture_space(&self) -> Option<SpaceId> {
        let model = self.picture.map(|model| model.space());
        let mut spaces = self.spaces.iter();
        model
            .or_else(|| spaces.find(|space| space.kind == SpaceKind::Picture))
            .cloned()
    }

    /// What to tell of how likeness was judged.
    pub(super) fn judgement_note(&self) -> Option<String> {
        let models: Vec<&str> = self.uncalibrated.iter().map(String::as_str).collect();
        (!models.is_empty()).then(|| {
            format!(
                "what is fair and what is strong was judged by general bounds: {} was never calibrated",
                models.join(" and ")
            )
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
        let description = request.description.as_deref();
        let words = || self.words_of(&request.words, fields, scope, length);
        let looks = |text| self.looks_of(text, scope, length);
        let (words, looked) = match description {
            None => (words(), Ok(None)),
            // Long lists take longer each than it takes to start a thread.
            Some(text) if length > *retrieve::LIST_LENGTH.end() && self.picture.is_some() => {
                thread::scope(|scope| {
                    let looking = scope.spawn(|| looks(text));
                    let words = words();
                    let looked = looking.join().unwrap_or_else(|panic| resume_unwind(panic));
                    (words, looked)
                })
            }
            Some(text) => (words(), looks(text)),
        };
        for answered in words? {
            hits.extend(self.take(answered));
        }
        if let Some(looked) = looked? {
            hits.extend(self.take_looks(looked));
        }
        if let (Some(description), Some(model)) = (description, self.passage) {
            let started = Instant::now();
            let vector = model.embed_query(description)?;
            if model.calibration().is_none() {
                self.uncalibrated.insert(model.space().model.clone());
            }
            let near = self.near(model.space(), &vector, scope, length);
            let found = retrieve::vectors(self.store, &near, model.calibration())?;
            let asked = asked(description, Source::Passage, &found, started);
            hits.extend(self.take((found, asked)));
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
        let looked = self.looks_of(description, scope, length)?;
        Ok(looked.map_or_else(Vec::new, |looked| self.take_looks(looked)))
    }

    fn words_of(
        &self,
        words: &str,
        fields: &[WordField],
        scope: &RetrievalScope,
        length: usize,
    ) -> Result<Vec<Answered>, SearchError> {
        let sources = retrieve::WORD_SOURCES.into_iter();
        sources
            .filter(|(field, _)| fields.contains(field))
            .map(|(field, source)| {
                let started = Instant::now();
                let found = retrieve::words(self.store, words, (field, source), scope, length)?;
                let asked = asked(words, source, &found, started);
                Ok((found, asked))
            })
            .collect()
    }

    fn looks_of(
        &self,
        description: &str,
        scope: &RetrievalScope,
        length: usize,
    ) -> Result<Option<Answered>, SearchError> {
        let Some(model) = self.picture else {
            return Ok(None);
        };
        let started = Instant::now();
        let Some(vector) = model.embed_texts(&[description])?.pop() else {
            return Ok(None);
        };
        let near = self.near(model.space(), &vector, scope, length);
        let found = retrieve::vectors(self.store, &near, model.calibration())?;
        let asked = asked(description, Source::Picture, &found, started);
        Ok(Some((found, asked)))
    }

    fn take_looks(&mut self, answered: Answered) -> Vec<Hit> {
        let uncalibrated = self.picture.filter(|model| model.calibration().is_none());
        let model = uncalibrated.map(|model| model.space().model.clone());
        self.uncalibrated.extend(model);
        self.take(answered)
    }

    fn take(&mut self, (listed, asked): Answered) -> Vec<Hit> {
        self.account.push(asked);
        self.is_cut |= listed.is_cut;
        listed.hits
    }

    /// Pictures that are like a vector that no text alone was made to, and was made since `started`;
    /// `is_picture` where one picture was.
    pub(super) fn alike(
        &mut self,
        question: &str,
        started: Instant,
        (space, vector): (&SpaceId, &[f32]),
        is_picture: bool,
        scope: &RetrievalScope,
        length: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let calibration = self.picture.and_then(|model| model.calibration());
        let example: Option<&Thresholds> = calibration
            .and_then(|calibration| calibration.example.as_ref())
            .filter(|_| is_picture);
        let near = self.near(space, vector, scope, length);
        let found = retrieve::alike(self.store, &near, example)?;
        let asked = asked(question, Source::Picture, &found, started);
        Ok(self.take((found, asked)))
    }

    fn near<'q>(
        &self,
        space: &'q SpaceId,
        vector: &'q [f32],
        scope: &'q RetrievalScope,
        length: usize,
    ) -> Near<'q> {
        Near {
            space,
            vector,
            scope,
            length,
            with_the_nearest: self.with_the_nearest,
        }
    }
}

fn asked(question: &str, source: Source, listed: &Listed, started: Instant) -> Asked {
    Asked::new(
        question,
        source.name(),
        Some(source.weight()),
        listed.hits.len(),
        started,
    )
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
