//! `reeldex correct`.

use super::super::{
    arguments::{CorrectArguments, Rights, SignedTag},
    output::{Output, clock},
};
use crate::{
    app::App,
    domain::{AssertionKind, Channel, Correction, RIGHTS_BLOCKED, Segment, SegmentId, is_same},
    fault::{AnyError, ExitStatus},
    store::{Access, AssetRecord, CorrectionRequest, Store, StoreError},
};

pub(in crate::cli) fn run(
    app: &App,
    arguments: &CorrectArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let says_nothing =
        arguments.tag.is_none() && arguments.line.is_none() && arguments.rights.is_none();
    if says_nothing && arguments.name.is_none() && arguments.undo.is_none() {
        let store = app.store(Access::Read)?;
        let asset = store.catalog().only_asset(&arguments.asset)?;
        tell(&store.catalog().corrections(asset.id)?, output);
        return Ok(ExitStatus::Done);
    }
    // A writer would make the library that is to be corrected.
    drop(app.store(Access::Read)?);
    let store = app.store(Access::Write)?;
    let asset = store.catalog().only_asset(&arguments.asset)?;
    if let Some(id) = arguments.undo {
        let corrections = store.catalog().corrections(asset.id)?;
        if !corrections.iter().any(|correction| correction.id == id) {
            return Err(StoreError::UnknownCorrection { id }.into());
        }
        tell(&[store.take_back(id)?], output);
        return Ok(ExitStatus::Done);
    }
    let mut kept = Vec::new();
    for request in requests(&store, &asset, arguments)? {
        kept.push(store.correct(&request)?);
    }
    tell(&kept, output);
    if arguments.line.is_some() {
        output.note("search by meaning follows with the next `reeldex index`");
    }
    Ok(ExitStatus::Done)
}

/// What the arguments ask for, one for each segment that it concerns.
fn requests(
    store: &Store,
    asset: &AssetRecord,
    arguments: &CorrectArguments,
) -> Result<Vec<CorrectionRequest>, AnyError> {
    let segments = store.catalog().segments(asset.key)?;
    let request = |segment, kind, old_value, value| CorrectionRequest {
        asset: asset.key,
        segment,
        kind,
        old_value,
        value,
        author: arguments.author.clone(),
    };
    let nothing_there = |what: &'static str| StoreError::NotSaid {
        kind: what,
        value: arguments
            .at
            .map_or_else(|| "the whole".to_owned(), |at| clock(at).to_string()),
    };
    if let Some(name) = &arguments.name {
        let old = first_of(&segments, AssertionKind::Name);
        return Ok(vec![request(
            None,
            AssertionKind::Name,
            old,
            Some(name.clone()),
        )]);
    }
    if let Some(line) = &arguments.line {
        let (id, kind, old) = line_at(&segments, arguments).ok_or_else(|| nothing_there("line"))?;
        let new = (!line.trim().is_empty()).then(|| line.clone());
        return Ok(vec![request(Some(id), kind, Some(old), new)]);
    }
    if let Some(rights) = arguments.rights {
        let found = rights_requests(&segments, arguments, rights, &request);
        return match found.is_empty() {
            true => Err(nothing_there("shot").into()),
            false => Ok(found),
        };
    }
    let Some(SignedTag { is_so, tag }) = arguments.tag.clone() else {
        return Ok(Vec::new());
    };
    let kind = AssertionKind::Tag;
    if is_so {
        let segment = match arguments.at {
            Some(at) => Some(shot_at(&segments, at).ok_or_else(|| nothing_there("shot"))?),
            None => None,
        };
        return Ok(vec![request(segment, kind, None, Some(tag))]);
    }
    let says_it = |segment: &Segment| {
        segment
            .assertions
            .iter()
            .any(|said| said.kind == kind && is_same(&said.value, &tag))
    };
    let wrong: Vec<CorrectionRequest> = segments
        .iter()
        .filter(|(_, segment)| arguments.at.is_none_or(|at| is_at(segment, at)))
        .filter(|(_, segment)| says_it(segment))
        .map(|(id, _)| request(Some(*id), kind, Some(tag.clone()), None))
        .collect();
    if wrong.is_empty() {
        return Err(StoreError::NotSaid {
            kind: "tag",
            value: tag,
        }
        .into());
    }
    Ok(wrong)
}

/// One request for each shot that is meant, or one for the whole; where something is freed, for each
/// place that was blocked.
fn rights_requests(
    segments: &[(SegmentId, Segment)],
    arguments: &CorrectArguments,
    rights: Rights,
    request: &dyn Fn(
        Option<SegmentId>,
        AssertionKind,
        Option<String>,
        Option<String>,
    ) -> CorrectionRequest,
) -> Vec<CorrectionRequest> {
    let is_meant = |segment: &Segment| match (arguments.at, arguments.until) {
        (None, _) => true,
        (Some(at), None) => is_at(segment, at),
        (Some(at), Some(until)) => {
            is_at(segment, at)
                || (segment.span.start_millis < until && at < segment.span.end_millis)
        }
    };
    let blocked = || Some(RIGHTS_BLOCKED.to_owned());
    if rights == Rights::Free {
        let says_it = |segment: &Segment| {
            let mut said = segment.assertions.iter();
            said.any(|said| said.kind == AssertionKind::Rights)
        };
        return segments
            .iter()
            .filter(|(_, segment)| says_it(segment) && is_meant(segment))
            .map(|(id, _)| request(Some(*id), AssertionKind::Rights, blocked(), None))
            .collect();
    }
    if arguments.at.is_none() {
        return vec![request(None, AssertionKind::Rights, None, blocked())];
    }
    segments
        .iter()
        .filter(|(_, segment)| segment.channel == Channel::Shot && is_meant(segment))
        .map(|(id, _)| request(Some(*id), AssertionKind::Rights, None, blocked()))
        .collect()
}

/// Whether a segment holds a time; stills are at every time.
fn is_at(segment: &Segment, at_millis: i64) -> bool {
    let span = segment.span;
    span.start_millis <= at_millis
        && (at_millis < span.end_millis || span.end_millis == span.start_millis)
}

fn shot_at(segments: &[(SegmentId, Segment)], at_millis: i64) -> Option<SegmentId> {
    segments
        .iter()
        .find(|(_, segment)| segment.channel == Channel::Shot && is_at(segment, at_millis))
        .map(|(id, _)| *id)
}

/// The line said or written at the time, of the channel asked for or the first that has one.
fn line_at(
    segments: &[(SegmentId, Segment)],
    arguments: &CorrectArguments,
) -> Option<(SegmentId, AssertionKind, String)> {
    let channels = match arguments.channel {
        Some(channel) => vec![channel],
        None => vec![Channel::Speech, Channel::Subtitle, Channel::ScreenText],
    };
    channels.into_iter().find_map(|channel| {
        segments
            .iter()
            .filter(|(_, segment)| segment.channel == channel)
            .filter(|(_, segment)| arguments.at.is_some_and(|at| is_at(segment, at)))
            .find_map(|(id, segment)| {
                let said = segment.assertions.first()?;
                Some((*id, said.kind, said.value.clone()))
            })
    })
}

fn first_of(segments: &[(SegmentId, Segment)], kind: AssertionKind) -> Option<String> {
    segments
        .iter()
        .filter(|(_, segment)| segment.channel == Channel::Asset)
        .flat_map(|(_, segment)| &segment.assertions)
        .find(|said| said.kind == kind)
        .map(|said| said.value.clone())
}

fn tell(corrections: &[Correction], output: &Output) {
    if output.json {
        output.document(&corrections);
        return;
    }
    for correction in corrections {
        let statement = &correction.statement;
        let what = match (&statement.old_value, &statement.value) {
            (Some(old), Some(new)) => format!("not “{old}” but “{new}”"),
            (Some(old), None) => format!("not “{old}”"),
            (None, new) => format!("“{}”", new.as_deref().unwrap_or_default()),
        };
        let by = match statement.author.as_str() {
            "" => String::new(),
            author => format!(" by {author}"),
        };
        output.line(format!(
            "{:>4}  {} – {}  {}: {}  ({}{by})",
            correction.id,
            clock(statement.span.start_millis),
            clock(statement.span.end_millis),
            statement.kind.name(),
            what.replace('\n', " / "),
            correction.made
        ));
    }
}
