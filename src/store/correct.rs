//! Takes people's corrections: what they are about is looked up, then they are kept and searchable.

use uuid::Uuid;

use super::{AssetRecord, Store, StoreError};
use crate::domain::{
    AssertionKind, AssetKey, Channel, Correction, RIGHTS_BLOCKED, Segment, SegmentId, SpaceId,
    Statement, Step, TimeSpan, is_same,
};

/// Longest line that is kept; longer than any utterance and any text on screen.
const MAX_LINE_CHARS: usize = 4000;

/// Longest tag, name or author that is kept.
const MAX_NAME_CHARS: usize = 200;

/// What a person wants to be said of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionRequest {
    /// The asset.
    pub asset: AssetKey,
    /// The segment; `None` for the asset as a whole.
    pub segment: Option<SegmentId>,
    /// What kind of thing is said.
    pub kind: AssertionKind,
    /// What is said there now and is not so.
    pub old_value: Option<String>,
    /// What is so.
    pub value: Option<String>,
    /// Who says it.
    pub author: String,
}

impl Store {
    /// Keeps a person's correction; searches find it when this returns.
    ///
    /// Vectors of passages stay those of the text before it until the asset is next indexed, or
    /// [`embed_corrected`](Self::embed_corrected) is called.
    ///
    /// # Errors
    /// `NoCorrection`, `UnknownAsset`, `UnknownSegment` and `NotSaid` for a request that fits
    /// nothing; the stores' own errors.
    pub fn correct(&self, request: &CorrectionRequest) -> Result<Correction, StoreError> {
        let mut progress = self.progress("keep a correction")?;
        let statement = self.statement(request)?;
        let correction = self.catalog.add_correction(&statement)?;
        self.catch_up(&mut progress, &mut |_| {})?;
        self.flush_indexes(&mut progress)?;
        Ok(correction)
    }

    /// Takes a correction back: what it contradicted is said again.
    ///
    /// # Errors
    /// `UnknownCorrection`; the stores' own errors.
    pub fn take_back(&self, id: i64) -> Result<Correction, StoreError> {
        let mut progress = self.progress("take a correction back")?;
        let correction = self
            .catalog
            .remove_correction(id)?
            .ok_or(StoreError::UnknownCorrection { id })?;
        self.catch_up(&mut progress, &mut |_| {})?;
        self.flush_indexes(&mut progress)?;
        Ok(correction)
    }

    /// Gives the passages that a correction changes, or its taking back, the vectors of what they say
    /// now; `embed` makes them, in the order of the texts it gets. Where passages begin and end is
    /// settled anew with the next index.
    ///
    /// # Errors
    /// What `embed` fails with; the stores' own errors.
    pub fn embed_corrected<E: From<StoreError>>(
        &self,
        statement: &Statement,
        space: &SpaceId,
        embed: impl FnOnce(&[&str]) -> Result<Vec<Vec<f32>>, E>,
    ) -> Result<(), E> {
        // Held from the reading on: a commit in between would give the rows to other passages.
        let mut progress = self.progress("embed corrected passages")?;
        let Some(asset) = self.catalog.asset_by_id(statement.asset_id)? else {
            return Ok(());
        };
        let passages = self.catalog.passages(asset.key, space, statement.span)?;
        if passages.is_empty() {
            return Ok(());
        }
        let texts: Vec<&str> = passages.iter().map(|(_, text)| text.as_str()).collect();
        let vectors = embed(&texts)?;
        let rows = passages.iter().map(|(row, _)| *row);
        let rows: Vec<(i64, Vec<f32>)> = rows.zip(vectors).collect();
        self.catalog.put_vectors(asset.key, &rows)?;
        self.catch_up(&mut progress, &mut |_| {})?;
        Ok(self.flush_indexes(&mut progress)?)
    }

    fn statement(&self, request: &CorrectionRequest) -> Result<Statement, StoreError> {
        let old_value = clean(request.old_value.as_deref(), request.kind)?;
        let value = clean(request.value.as_deref(), request.kind)?;
        if old_value == value {
            return Err(StoreError::NoCorrection {
                reason: "it changes nothing",
            });
        }
        if request.kind == AssertionKind::Rights
            && value
                .as_deref()
                .is_some_and(|value| value != RIGHTS_BLOCKED)
        {
            return Err(StoreError::NoCorrection {
                reason: "rights are `blocked`, or nothing is said of them",
            });
        }
        let author = clean(Some(&request.author), AssertionKind::Name)?.unwrap_or_default();
        let asset = self
            .catalog
            .asset(request.asset)?
            .ok_or_else(|| StoreError::UnknownAsset {
                name: request.asset.0.to_string(),
            })?;
        let segments = self.catalog.segments(asset.key)?;
        let segment = match request.segment {
            Some(id) => segments
                .into_iter()
                .find_map(|(found, segment)| (found == id).then_some(segment))
                .ok_or_else(|| StoreError::UnknownSegment {
                    asset: asset.id.short(),
                    segment: Uuid::from_u128(id.0).to_string(),
                })?,
            None => whole(
                &asset,
                segments.into_iter().map(|(_, segment)| segment),
                request,
                &old_value,
            ),
        };
        let said = |value: &str| {
            segment
                .assertions
                .iter()
                .find(|said| said.kind == request.kind && is_same(&said.value, value))
        };
        if let Some(old) = &old_value
            && said(old).is_none()
            && !is_named_by_file(&asset, request.kind, old)
        {
            return Err(StoreError::NotSaid {
                kind: request.kind.name(),
                value: old.clone(),
            });
        }
        let model = old_value.as_deref().and_then(said).or_else(|| {
            segment
                .assertions
                .iter()
                .find(|said| said.kind == request.kind)
        });
        Ok(Statement {
            asset_id: asset.id,
            channel: segment.channel,
            ordinal: segment.ordinal,
            span: segment.span,
            kind: request.kind,
            language: model.and_then(|said| said.language.clone()),
            old_value,
            value,
            author,
        })
    }
}

/// The segment of the asset as a whole that says what is contradicted, else its first one, else a new one.
fn whole(
    asset: &AssetRecord,
    segments: impl Iterator<Item = Segment>,
    request: &CorrectionRequest,
    old_value: &Option<String>,
) -> Segment {
    let mut whole: Vec<Segment> = segments
        .filter(|segment| segment.channel == Channel::Asset)
        .collect();
    let says_it = |segment: &Segment| {
        segment.assertions.iter().any(|said| {
            said.kind == request.kind
                && old_value
                    .as_deref()
                    .is_some_and(|old| is_same(&said.value, old))
        })
    };
    let index = whole.iter().position(says_it).unwrap_or(0);
    if index < whole.len() {
        return whole.swap_remove(index);
    }
    let duration = asset.media.as_ref().and_then(|media| media.duration_millis);
    Segment {
        step: Step::Probe,
        channel: Channel::Asset,
        span: TimeSpan::new(0, duration.unwrap_or(0)),
        ordinal: Step::Probe as u32,
        opening: None,
        keyframes: Vec::new(),
        assertions: Vec::new(),
    }
}

/// Whether the file's own metadata carries the name; that is no assertion, and can be contradicted.
fn is_named_by_file(asset: &AssetRecord, kind: AssertionKind, name: &str) -> bool {
    kind == AssertionKind::Name
        && asset.media.as_ref().is_some_and(|media| {
            let titles = media.chapters.iter().map(|chapter| &chapter.title);
            media
                .tags
                .values()
                .chain(titles)
                .any(|value| is_same(value, name))
        })
}

/// A text without surrounding space; `None` for none.
fn clean(text: Option<&str>, kind: AssertionKind) -> Result<Option<String>, StoreError> {
    let text = text.map_or("", str::trim);
    let (is_line, longest) = match kind {
        AssertionKind::Transcript | AssertionKind::Text => (true, MAX_LINE_CHARS),
        AssertionKind::Tag | AssertionKind::Name | AssertionKind::Rights => (false, MAX_NAME_CHARS),
    };
    if text.chars().count() > longest {
        return Err(StoreError::NoCorrection {
            reason: "a text is too long",
        });
    }
    if text
        .chars()
        .any(|sign| sign.is_control() && !(is_line && sign == '\n'))
    {
        return Err(StoreError::NoCorrection {
            reason: "a text holds control characters",
        });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests;
