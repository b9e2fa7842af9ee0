//! Segments of an asset with everything that was said of them.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::{
    Catalog, StoreError, corrections, locations::asset_id_of, optional, outcomes::step_of,
    unreadable,
};
use crate::{
    domain::{
        Assertion, AssertionKind, AssetId, AssetKey, Channel, Keyframe, Provenance, Segment,
        SegmentId, Step, TimeSpan, Transition, Word, correct,
    },
    store::identity,
};

/// The first byte of a stored list of words; it goes up when the list's form changes.
const WORDS_FORMAT: u8 = 1;

impl Catalog {
    /// An asset's segments with all that holds of them, people's corrections included, by channel,
    /// then in order of time.
    pub fn segments(&self, asset: AssetKey) -> Result<Vec<(SegmentId, Segment)>, StoreError> {
        self.read("read segments", |connection| of_asset(connection, asset))
    }

    /// The thumbnail of the picture that shows a stretch best: one inside it that is worth
    /// searching, nearest to its middle, else the nearest one outside.
    pub fn thumbnail_near(
        &self,
        asset: AssetKey,
        span: TimeSpan,
    ) -> Result<Option<String>, StoreError> {
        let middle = span.start_millis.midpoint(span.end_millis);
        self.read("find a thumbnail", |connection| {
            // A film has thousands of shots: the keyframes of those in the span are nearly always enough.
            for shots in ["s.start_millis <= ?3 AND s.end_millis >= ?2 AND at_millis BETWEEN ?2 AND ?3", "true"] {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT thumbnail FROM segments s CROSS JOIN keyframes k ON k.segment = s.key
                     WHERE s.asset = ?1 AND s.channel = 'shot' AND thumbnail IS NOT NULL AND {shots}
                     ORDER BY at_millis NOT BETWEEN ?2 AND ?3, label IS NOT NULL, abs(at_millis - ?4) LIMIT 1",
                ))?;
                let values = [asset.0, span.start_millis, span.end_millis, middle];
                let found = optional(statement.query_row(values, |row| row.get(0)))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        })
    }
}

pub(super) fn of_asset(
    connection: &Connection,
    asset: AssetKey,
) -> rusqlite::Result<Vec<(SegmentId, Segment)>> {
    let Some(id) = asset_id(connection, asset)? else {
        return Ok(Vec::new());
    };
    let mut keyframes = keyframes(connection, asset)?;
    let mut assertions = assertions(connection, asset)?;
    let mut statement = connection.prepare_cached(
        "SELECT key, channel, ordinal, start_millis, end_millis, steps, opening FROM segments WHERE asset = ?1",
    )?;
    let mut rows = statement.query([asset.0])?;
    let mut segments = Vec::new();
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let segment = Segment {
            step: first_step(row.get(5)?),
            channel: channel_of(row, 1)?,
            span: TimeSpan::new(row.get(3)?, row.get(4)?),
            ordinal: row.get(2)?,
            opening: row
                .get::<_, Option<String>>(6)?
                .as_deref()
                .and_then(transition_of),
            keyframes: keyframes.remove(&key).unwrap_or_default(),
            assertions: assertions.remove(&key).unwrap_or_default(),
        };
        segments.push(segment);
    }
    segments.sort_by_key(|segment| (segment.channel, segment.span, segment.ordinal));
    correct(&mut segments, &corrections::of_asset(connection, id)?);
    Ok(segments
        .into_iter()
        .map(|segment| {
            let id = identity::segment_id(id, segment.channel, segment.span, segment.ordinal);
            (id, segment)
        })
        .collect())
}

pub(super) fn asset_id(
    connection: &Connection,
    asset: AssetKey,
) -> rusqlite::Result<Option<AssetId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM assets WHERE key = ?1")?;
    optional(statement.query_row([asset.0], |row| asset_id_of(row, 0)))
}

fn keyframes(
    connection: &Connection,
    asset: AssetKey,
) -> rusqlite::Result<HashMap<i64, Vec<Keyframe>>> {
    let mut statement = connection.prepare_cached(
        "SELECT segment, at_millis, thumbnail, label FROM segments s JOIN keyframes k ON k.segment = s.key
         WHERE s.asset = ?1 ORDER BY segment, k.ordinal",
    )?;
    let mut rows = statement.query([asset.0])?;
    let mut found: HashMap<i64, Vec<Keyframe>> = HashMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().push(Keyframe {
            at_millis: row.get(1)?,
            thumbnail: row.get(2)?,
            label: row.get(3)?,
        });
    }
    Ok(found)
}

fn assertions(
    connection: &Connection,
    asset: AssetKey,
) -> rusqlite::Result<HashMap<i64, Vec<Assertion>>> {
    let mut statement = connection.prepare_cached(
        "SELECT segment, step, kind, value, language, confidence, words, maker, version, settings
         FROM segments s JOIN assertions a ON a.segment = s.key JOIN provenances p ON p.key = a.provenance
         WHERE s.asset = ?1 ORDER BY a.key",
    )?;
    let mut rows = statement.query([asset.0])?;
    let mut found: HashMap<i64, Vec<Assertion>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let kind = row.get_ref(2)?.as_str()?;
        found.entry(row.get(0)?).or_default().push(Assertion {
            step: step_of(row, 1)?,
            kind: AssertionKind::from_name(kind)
                .ok_or_else(|| unreadable(2, format!("kind of assertion `{kind}`")))?,
            value: row.get(3)?,
            language: row.get(4)?,
            confidence: row.get(5)?,
            words: match row.get_ref(6)?.as_blob_or_null()? {
                Some(bytes) => words_of(bytes).map_err(|error| unreadable(6, error))?,
                None => Vec::new(),
            },
            provenance: Provenance {
                maker: row.get(7)?,
                version: row.get(8)?,
                settings: row.get(9)?,
            },
        });
    }
    for list in found.values_mut() {
        // Rows of a repeated step come last; the order of steps does not depend on when they ran.
        list.sort_by_key(|assertion| assertion.step);
    }
    Ok(found)
}

/// Words in their stored form; `None` for none.
pub(super) fn words_bytes(words: &[Word]) -> rusqlite::Result<Option<Vec<u8>>> {
    if words.is_empty() {
        return Ok(None);
    }
    postcard::to_extend(words, vec![WORDS_FORMAT])
        .map(Some)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn words_of(bytes: &[u8]) -> Result<Vec<Word>, Box<dyn std::error::Error + Send + Sync>> {
    match bytes {
        [WORDS_FORMAT, list @ ..] => Ok(postcard::from_bytes(list)?),
        _ => Err("a list of words of an unknown form".into()),
    }
}

/// The bit that stands for a step in `segments.steps`; part of the stored form.
pub(super) fn step_bit(step: Step) -> i64 {
    match step {
        Step::Probe => 1,
        Step::Shots => 1 << 1,
        Step::ScreenText => 1 << 2,
        Step::Picture => 1 << 3,
        Step::Tags => 1 << 4,
        Step::Sound => 1 << 5,
        Step::Subtitles => 1 << 6,
        Step::Speech => 1 << 7,
        Step::Passage => 1 << 8,
    }
}

fn first_step(bits: i64) -> Step {
    Step::ALL
        .into_iter()
        .find(|step| bits & step_bit(*step) != 0)
        .unwrap_or(Step::Probe)
}

pub(super) fn channel_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Channel> {
    let name = row.get_ref(column)?.as_str()?;
    Channel::from_name(name).ok_or_else(|| unreadable(column, format!("channel `{name}`")))
}

const TRANSITIONS: [(Transition, &str); 4] = [
    (Transition::Start, "start"),
    (Transition::Cut, "cut"),
    (Transition::Fade, "fade"),
    (Transition::Dissolve, "dissolve"),
];

pub(super) fn transition_name(transition: Transition) -> &'static str {
    TRANSITIONS
        .into_iter()
        .find(|(known, _)| *known == transition)
        .map_or("cut", |(_, name)| name)
}

fn transition_of(name: &str) -> Option<Transition> {
    TRANSITIONS
        .into_iter()
        .find(|(_, known)| *known == name)
        .map(|(transition, _)| transition)
}
