//! Writes the pipeline's whole output for an asset in one transaction.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, params};

use super::{
    Catalog, StoreError, assets, corrections, embeddings, measures, optional, outcomes, segments,
    sequences,
};
use crate::domain::{
    ANALYSIS_FORMAT_VERSION, Analysis, Assertion, AssertionKind, AssetKey, Correction, MediaInfo,
    Provenance, Segment, SpaceKind, Step,
};

impl Catalog {
    /// Writes an analysis: what its steps said before is replaced, other steps' results stay.
    /// Returns the asset and the number of the change.
    ///
    /// A segment lives while one step says it. A segment in the analysis whose own step was not
    /// run only carries assertions and vectors of steps that were.
    /// Vectors are replaced per space, so a new model's stand beside the old one's; a step that
    /// made no vector at all leaves none of its kind.
    ///
    /// # Errors
    /// `Malformed` when an embedding names a segment that is not there or has the wrong length.
    pub fn commit(&self, analysis: &Analysis) -> Result<(AssetKey, u64), StoreError> {
        self.commit_under(analysis, None)
    }

    /// As [`commit`](Self::commit), of an analysis that knew of these corrections: where others hold
    /// by now, its passages say what a person has corrected meanwhile, and are made anew with the
    /// next index.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn commit_under(
        &self,
        analysis: &Analysis,
        corrections: Option<&[Correction]>,
    ) -> Result<(AssetKey, u64), StoreError> {
        check(analysis)?;
        self.write("commit an analysis", |transaction| {
            let asset = assets::upsert(transaction, analysis.asset_id, 0)?;
            replace(transaction, asset, analysis)?;
            if let Some(known) = corrections
                && corrections::of_asset(transaction, analysis.asset_id)? != known
            {
                outcomes::outdate(transaction, asset, Step::Passage)?;
            }
            let sequence = sequences::next(transaction)?;
            transaction
                .prepare_cached("UPDATE assets SET sequence = ?2 WHERE key = ?1")?
                .execute(params![asset.0, sequence])?;
            Ok((asset, sequence.cast_unsigned()))
        })
    }
}

fn check(analysis: &Analysis) -> Result<(), StoreError> {
    let malformed = |reason: String| {
        Err(StoreError::Malformed {
            asset: analysis.asset_id.short(),
            reason,
        })
    };
    if analysis.format_version > ANALYSIS_FORMAT_VERSION {
        return malformed(format!(
            "format {} is newer than {ANALYSIS_FORMAT_VERSION}",
            analysis.format_version
        ));
    }
    for embedding in &analysis.embeddings {
        if embedding.segment as usize >= analysis.segments.len() {
            return malformed(format!(
                "a vector of segment {} of {}",
                embedding.segment,
                analysis.segments.len()
            ));
        }
        if embedding.values_f16.len() != embedding.space.dimensions as usize {
            let (found, space) = (embedding.values_f16.len(), embedding.space.name());
            return malformed(format!("a vector of {found} numbers in {space}"));
        }
    }
    Ok(())
}

fn replace(connection: &Connection, asset: AssetKey, analysis: &Analysis) -> rusqlite::Result<()> {
    let ran: BTreeSet<Step> = analysis.steps.iter().map(|record| record.step).collect();
    for record in &analysis.steps {
        outcomes::put(connection, asset, record)?;
    }
    if ran.contains(&Step::Probe) || analysis.media.is_some() {
        put_media(connection, asset, analysis.media.as_ref())?;
    }
    withdraw(connection, asset, &ran)?;
    let mut provenances = HashMap::new();
    let mut keys = Vec::with_capacity(analysis.segments.len());
    for segment in &analysis.segments {
        let key = put_segment(connection, asset, segment, ran.contains(&segment.step))?;
        for assertion in segment
            .assertions
            .iter()
            .filter(|assertion| ran.contains(&assertion.step))
        {
            put_assertion(connection, key, assertion, &mut provenances)?;
        }
        keys.push(key);
    }
    connection
        .prepare_cached("DELETE FROM segments WHERE asset = ?1 AND steps = 0")?
        .execute([asset.0])?;
    put_embeddings(connection, asset, analysis, &ran, &keys)?;
    measures::replace(connection, asset, &ran, &analysis.measures)?;
    put_filter_facts(connection, asset)
}

fn put_media(
    connection: &Connection,
    asset: AssetKey,
    media: Option<&MediaInfo>,
) -> rusqlite::Result<()> {
    let text = media
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection
        .prepare_cached(
            "UPDATE assets SET kind = ?2, duration_millis = ?3, created_day = ?4, media = ?5 WHERE key = ?1",
        )?
        .execute(params![
            asset.0,
            media.map(|media| media.kind.name()),
            media.and_then(|media| media.duration_millis),
            media.and_then(|media| media.created.as_deref()).and_then(day_of),
            text,
        ])
        .map(drop)
}

/// The day of an RFC 3339 time, `YYYY-MM-DD`; `None` for anything else.
fn day_of(created: &str) -> Option<&str> {
    let day = created.get(..10)?;
    day.parse::<jiff::civil::Date>().ok().map(|_| day)
}

/// Takes back what these steps said; segments that only they said lose their last bit.
fn withdraw(
    connection: &Connection,
    asset: AssetKey,
    ran: &BTreeSet<Step>,
) -> rusqlite::Result<()> {
    let bits = ran
        .iter()
        .fold(0, |bits, step| bits | segments::step_bit(*step));
    connection
        .prepare_cached(
            "UPDATE segments SET steps = steps & ~?2 WHERE asset = ?1 AND steps & ?2 <> 0",
        )?
        .execute(params![asset.0, bits])?;
    for step in ran {
        connection
            .prepare_cached(
                "DELETE FROM assertions WHERE step = ?2 AND segment IN (SELECT key FROM segments WHERE asset = ?1)",
            )?
            .execute(params![asset.0, step.name()])?;
    }
    Ok(())
}

/// Writes a segment, or finds it; its own facts are replaced when `is_own`, that is, its step ran.
fn put_segment(
    connection: &Connection,
    asset: AssetKey,
    segment: &Segment,
    is_own: bool,
) -> rusqlite::Result<i64> {
    let bit = segments::step_bit(segment.step);
    let opening = segment.opening.map(segments::transition_name);
    let span = segment.span;
    let known: Option<i64> = optional(
        connection
            .prepare_cached(
                "SELECT key FROM segments
                 WHERE asset = ?1 AND channel = ?2 AND ordinal = ?3 AND start_millis = ?4 AND end_millis = ?5",
            )?
            .query_row(
                params![asset.0, segment.channel.name(), segment.ordinal, span.start_millis, span.end_millis],
                |row| row.get(0),
            ),
    )?;
    if let (Some(key), false) = (known, is_own) {
        return Ok(key);
    }
    let key = match known {
        Some(key) => {
            connection
                .prepare_cached("UPDATE segments SET steps = steps | ?2, opening = coalesce(?3, opening) WHERE key = ?1")?
                .execute(params![key, bit, opening])?;
            key
        }
        None => connection
            .prepare_cached(
                "INSERT INTO segments (asset, channel, ordinal, start_millis, end_millis, steps, opening)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING key",
            )?
            .query_row(
                params![
                    asset.0,
                    segment.channel.name(),
                    segment.ordinal,
                    span.start_millis,
                    span.end_millis,
                    bit,
                    opening
                ],
                |row| row.get(0),
            )?,
    };
    // Only the step that finds shots brings keyframes; a carrier of another step has none to replace.
    if known.is_some() && (segment.step == Step::Shots || !segment.keyframes.is_empty()) {
        connection
            .prepare_cached("DELETE FROM keyframes WHERE segment = ?1")?
            .execute([key])?;
    }
    for (ordinal, keyframe) in segment.keyframes.iter().enumerate() {
        connection
            .prepare_cached("INSERT OR REPLACE INTO keyframes VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                key,
                ordinal as i64,
                keyframe.at_millis,
                keyframe.thumbnail,
                keyframe.label
            ])?;
    }
    Ok(key)
}

fn put_assertion<'a>(
    connection: &Connection,
    segment: i64,
    assertion: &'a Assertion,
    provenances: &mut HashMap<&'a Provenance, i64>,
) -> rusqlite::Result<()> {
    let provenance = match provenances.get(&assertion.provenance) {
        Some(key) => *key,
        None => {
            let key = provenance_key(connection, &assertion.provenance)?;
            provenances.insert(&assertion.provenance, key);
            key
        }
    };
    connection
        .prepare_cached(
            "INSERT INTO assertions (segment, step, kind, value, language, confidence, words, provenance)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            segment,
            assertion.step.name(),
            assertion.kind.name(),
            assertion.value,
            assertion.language,
            assertion.confidence,
            segments::words_bytes(&assertion.words)?,
            provenance,
        ])
        .map(drop)
}

fn provenance_key(connection: &Connection, provenance: &Provenance) -> rusqlite::Result<i64> {
    let Provenance {
        maker,
        version,
        settings,
    } = provenance;
    let mut statement = connection.prepare_cached(
        "SELECT key FROM provenances WHERE maker = ?1 AND version = ?2 AND settings = ?3",
    )?;
    if let Some(key) = optional(statement.query_row([maker, version, settings], |row| row.get(0)))?
    {
        return Ok(key);
    }
    connection
        .prepare_cached(
            "INSERT INTO provenances (maker, version, settings) VALUES (?1, ?2, ?3) RETURNING key",
        )?
        .query_row([maker, version, settings], |row| row.get(0))
}

fn put_embeddings(
    connection: &Connection,
    asset: AssetKey,
    analysis: &Analysis,
    ran: &BTreeSet<Step>,
    keys: &[i64],
) -> rusqlite::Result<()> {
    for (step, kind) in [
        (Step::Picture, SpaceKind::Picture),
        (Step::Passage, SpaceKind::Passage),
    ] {
        let made = || {
            analysis
                .embeddings
                .iter()
                .filter(move |embedding| embedding.space.kind == kind)
        };
        if ran.contains(&step) && made().next().is_none() {
            connection
                .prepare_cached(
                    "DELETE FROM embeddings WHERE asset = ?1 AND space IN (SELECT key FROM spaces WHERE kind = ?2)",
                )?
                .execute(params![asset.0, embeddings::kind_name(kind)])?;
        }
        let mut spaces = HashMap::new();
        for embedding in made().filter(|_| ran.contains(&step)) {
            let space = match spaces.get(&embedding.space) {
                Some(key) => *key,
                None => {
                    let key = embeddings::key_or_new(connection, &embedding.space)?;
                    connection
                        .prepare_cached("DELETE FROM embeddings WHERE asset = ?1 AND space = ?2")?
                        .execute([asset.0, key])?;
                    spaces.insert(&embedding.space, key);
                    key
                }
            };
            let bytes: Vec<u8> = embedding
                .values_f16
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO embeddings (space, asset, segment, at_millis, vector)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    space,
                    asset.0,
                    keys[embedding.segment as usize],
                    embedding.at_millis,
                    bytes
                ])?;
        }
    }
    Ok(())
}

/// Draws the facts that filters ask for anew from what now holds of the asset.
pub(super) fn put_filter_facts(connection: &Connection, asset: AssetKey) -> rusqlite::Result<()> {
    let segments = segments::of_asset(connection, asset)?;
    let mut languages = BTreeSet::new();
    let mut tags = BTreeSet::new();
    for said in segments.iter().flat_map(|(_, segment)| &segment.assertions) {
        languages.extend(said.language.as_deref().map(str::to_lowercase));
        if said.kind == AssertionKind::Tag {
            tags.extend(forms(&said.value));
        }
    }
    for (table, facts) in [("asset_languages", languages), ("asset_tags", tags)] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE asset = ?1"))?
            .execute([asset.0])?;
        let mut insert =
            connection.prepare_cached(&format!("INSERT INTO {table} VALUES (?1, ?2)"))?;
        for fact in facts {
            insert.execute(params![fact, asset.0])?;
        }
    }
    Ok(())
}

/// The forms under which a tag is found: `shutter=fast` also as `shutter`.
fn forms(tag: &str) -> Vec<String> {
    let tag = tag.to_lowercase();
    match tag.split_once('=') {
        Some((name, _)) => vec![name.trim().to_owned(), tag],
        None => vec![tag],
    }
}
