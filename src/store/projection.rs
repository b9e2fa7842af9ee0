//! What the indexes hold of an asset, drawn from the catalogue alone.

use std::collections::BTreeSet;

use half::f16;

use super::{
    AssetRecord, Catalog, StoreError, WordField, identity, text_index::TextDocument,
    vector_index::VectorPoint,
};
use crate::domain::{
    Assertion, AssertionKind, AssetKey, AssetKind, Channel, Correction, Segment, SegmentId,
    SpaceId, TimeSpan, is_same,
};

/// An asset as the indexes see it.
#[derive(Debug, Default)]
pub(super) struct Projection {
    /// Its words; empty until the asset was probed.
    pub(super) documents: Vec<TextDocument>,
    /// Its vectors by space, for every space of the library: an empty list takes old ones away.
    pub(super) points: Vec<(SpaceId, Vec<VectorPoint>)>,
}

/// What all documents and points of an asset have in common.
struct Asset<'a> {
    record: &'a AssetRecord,
    kind: AssetKind,
    collections: Vec<String>,
}

/// Draws an asset's projection; `spaces` are those the library has.
pub(super) fn project(
    catalog: &Catalog,
    asset: AssetKey,
    spaces: &[SpaceId],
) -> Result<Projection, StoreError> {
    let nothing = || Projection {
        documents: Vec::new(),
        points: spaces
            .iter()
            .map(|space| (space.clone(), Vec::new()))
            .collect(),
    };
    let Some(record) = catalog.asset(asset)? else {
        return Ok(nothing());
    };
    let Some(kind) = record.media.as_ref().map(|media| media.kind) else {
        return Ok(nothing());
    };
    let collections = present(&record)
        .map(|location| location.collection.clone())
        .collect::<BTreeSet<_>>();
    let asset = Asset {
        record: &record,
        kind,
        collections: collections.into_iter().collect(),
    };
    let segments = catalog.segments(record.key)?;
    let corrections = catalog.corrections(record.id)?;
    let mut documents = vec![about(&asset, &segments, &corrections)];
    documents.extend(
        segments
            .iter()
            .filter_map(|(id, segment)| document(&asset, *id, segment)),
    );
    documents.retain(|document| !document.text.is_empty());
    let mut points = Vec::with_capacity(spaces.len());
    for space in spaces {
        points.push((space.clone(), vectors(catalog, &asset, space)?));
    }
    Ok(Projection { documents, points })
}

/// Locations that count: those that exist, or all of them while none does.
fn present(record: &AssetRecord) -> impl Iterator<Item = &super::LocationRecord> {
    let all_missing = record.locations.iter().all(|location| location.missing);
    record
        .locations
        .iter()
        .filter(move |location| all_missing || !location.missing)
}

/// The words of a segment: what was said or shown, or the tags of a shot.
fn document(asset: &Asset<'_>, id: SegmentId, segment: &Segment) -> Option<TextDocument> {
    let (field, kind, separator) = match segment.channel {
        Channel::Speech | Channel::Subtitle => (WordField::Speech, AssertionKind::Transcript, "\n"),
        Channel::ScreenText => (WordField::ScreenText, AssertionKind::Text, "\n"),
        Channel::Shot => (WordField::Metadata, AssertionKind::Tag, ", "),
        Channel::Asset | Channel::Passage | Channel::Sound => return None,
    };
    let said: Vec<&Assertion> = segment
        .assertions
        .iter()
        .filter(|said| said.kind == kind)
        .collect();
    let text = joined(said.iter().map(|said| said.value.as_str()), separator);
    let language = said.iter().find_map(|said| said.language.clone());
    Some(asset.document(id, segment.channel, segment.span, field, language, text))
}

/// The document of the asset as a whole: file names, titles, container tags, chapters, its tags.
fn about(
    asset: &Asset<'_>,
    segments: &[(SegmentId, Segment)],
    corrections: &[Correction],
) -> TextDocument {
    // Metadata of the file is no assertion; a person may contradict it all the same.
    let is_wrong = |name: &str| {
        corrections.iter().any(|Correction { statement, .. }| {
            statement.kind == AssertionKind::Name
                && statement
                    .old_value
                    .as_deref()
                    .is_some_and(|old| is_same(old, name))
        })
    };
    let record = asset.record;
    let mut lines: Vec<String> = present(record)
        .filter_map(|location| Some(location.path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let mut span = TimeSpan::new(0, 0);
    if let Some(media) = &record.media {
        span.end_millis = media.duration_millis.unwrap_or(0).max(0);
        let named = media
            .tags
            .iter()
            .filter(|(name, value)| !is_technical(name) && is_text(value))
            .map(|(_, value)| value);
        let titles = media.chapters.iter().map(|chapter| &chapter.title);
        lines.extend(named.chain(titles).filter(|line| !is_wrong(line)).cloned());
    }
    let whole = segments
        .iter()
        .filter(|(_, segment)| matches!(segment.channel, Channel::Asset | Channel::Sound));
    for (_, segment) in whole.clone() {
        let said = segment.assertions.iter();
        let named =
            said.filter(|said| matches!(said.kind, AssertionKind::Name | AssertionKind::Tag));
        lines.extend(named.map(|said| said.value.clone()));
    }
    // The asset's own segment where there is one, so that a hit leads to something that exists.
    let own = whole
        .clone()
        .find(|(_, segment)| segment.channel == Channel::Asset);
    let (id, span) = match own {
        Some((id, segment)) => (*id, segment.span),
        None => (
            identity::segment_id(record.id, Channel::Asset, span, 0),
            span,
        ),
    };
    let text = joined(lines.iter().map(String::as_str), "\n");
    asset.document(id, Channel::Asset, span, WordField::Metadata, None, text)
}

/// Whether a metadata field tells of the file's making rather than of what it shows.
fn is_technical(name: &str) -> bool {
    const TECHNICAL: [&str; 8] = [
        "encoder",
        "encoded_by",
        "major_brand",
        "minor_version",
        "compatible_brands",
        "handler_name",
        "vendor_id",
        "tlen",
    ];
    TECHNICAL
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a metadata value says something in words: a number or a date alone does not.
fn is_text(value: &str) -> bool {
    value
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count()
        >= 3
}

/// The parts without blank and repeated ones.
fn joined<'a>(parts: impl Iterator<Item = &'a str>, separator: &str) -> String {
    let mut seen = BTreeSet::new();
    let parts: Vec<&str> = parts
        .map(str::trim)
        .filter(|part| !part.is_empty() && seen.insert(*part))
        .collect();
    parts.join(separator)
}

impl Asset<'_> {
    fn document(
        &self,
        segment: SegmentId,
        channel: Channel,
        span: TimeSpan,
        field: WordField,
        language: Option<String>,
        text: String,
    ) -> TextDocument {
        TextDocument {
            asset: self.record.key,
            segment,
            channel,
            span,
            kind: self.kind,
            collections: self.collections.clone(),
            language,
            field,
            text,
        }
    }
}

fn vectors(
    catalog: &Catalog,
    asset: &Asset<'_>,
    space: &SpaceId,
) -> Result<Vec<VectorPoint>, StoreError> {
    let name = space.name();
    let stored = catalog.embeddings(asset.record.key, space)?;
    Ok(stored
        .into_iter()
        .map(|stored| VectorPoint {
            id: identity::point_id(stored.asset, stored.segment, stored.at_millis, &name),
            asset: stored.asset,
            segment: stored.segment,
            at_millis: stored.at_millis,
            span: stored.span,
            kind: asset.kind,
            collections: asset.collections.clone(),
            vector: stored
                .values_f16
                .iter()
                .map(|bits| f16::from_bits(*bits).to_f32())
                .collect(),
        })
        .collect())
}
