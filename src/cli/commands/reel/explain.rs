//! `reeldex reel explain`: why each pick is there, and the excitement of its sources.

use std::collections::BTreeMap;

use serde_json::json;

use super::read;
use crate::{
    app::App,
    cli::{
        arguments::ExplainArguments,
        output::{Output, bold, clock},
    },
    domain::AssetId,
    fault::{AnyError, ExitStatus},
    reel::{
        Pick, Reel, Source,
        excitement::{Curve, Weights, sparkline},
    },
    store::Access,
};

/// Curves are drawn so wide: they fit beside a margin in a terminal of 80 columns.
const COLUMNS: usize = 72;

pub(super) fn run(
    app: &App,
    arguments: &ExplainArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let (_, reel) = read(app, &arguments.reel.reel)?;
    let weights = match &arguments.weights.weights {
        Some(path) => Weights::load(path)?,
        None => Weights::builtin()?,
    };
    let store = app.store(Access::Read)?;
    let mut curves: BTreeMap<AssetId, Curve> = BTreeMap::new();
    for pick in reel.picks() {
        if !curves.contains_key(&pick.asset_id)
            && let Some(record) = store.catalog().asset_by_id(pick.asset_id)?
        {
            let curve = Curve::of(store.catalog(), record.key, &weights)?;
            curves.insert(pick.asset_id, curve);
        }
    }
    if output.json {
        let picks: Vec<_> = reel.picks().iter().map(explained).collect();
        let curves: BTreeMap<String, &Curve> = curves
            .iter()
            .map(|(id, curve)| (id.to_string(), curve))
            .collect();
        output.document(&json!({ "picks": picks, "curves": curves }));
        return Ok(ExitStatus::Done);
    }
    for pick in reel.picks() {
        tell_reason(pick, output);
    }
    for (id, curve) in &curves {
        if let Some(source) = reel.sources.get(id) {
            draw(&reel, *id, source, curve, output);
        }
    }
    Ok(ExitStatus::Done)
}

fn explained(pick: &Pick) -> serde_json::Value {
    json!({ "pick": pick.id, "name": pick.name, "reason": pick.reason })
}

fn tell_reason(pick: &Pick, output: &Output) {
    let reason = &pick.reason;
    output.line(format!("{:>4} {}", pick.id, bold(&pick.name)));
    output.line(format!("     {}", reason.text));
    let relevance = match &reason.query {
        Some(query) => format!("relevance {:.2} to “{query}”, ", reason.relevance),
        None => String::new(),
    };
    output.line(format!(
        "     {relevance}excitement {:.2}, added {:.3} when it was picked",
        reason.excitement, reason.gain
    ));
    for share in &reason.signals {
        output.line(format!(
            "     {:<14} {:.2} × {:.2}  {}",
            share.signal.replace('_', " "),
            share.level,
            share.weight,
            "▪".repeat((share.level * 20.0).round() as usize)
        ));
    }
    for evidence in &reason.evidence {
        let text = evidence
            .text
            .as_deref()
            .unwrap_or_default()
            .replace('\n', " / ");
        output.line(format!(
            "     {:<14} {:>7.3}  {text}",
            evidence.source.replace('_', " "),
            evidence.score
        ));
    }
}

/// The curve of a source with its picks below it.
fn draw(reel: &Reel, id: AssetId, source: &Source, curve: &Curve, output: &Output) {
    if curve.values.is_empty() {
        return;
    }
    let length = curve.values.len() as i64 * curve.step_millis;
    let line = sparkline(&curve.values, COLUMNS);
    let columns = line.chars().count() as i64;
    let mut marks = vec![' '; columns as usize];
    for pick in reel.picks().iter().filter(|pick| pick.asset_id == id) {
        let column =
            |frame: i64| (source.millis_of(frame) * columns / length).clamp(0, columns - 1);
        let (first, last) = (column(pick.in_frame), column(pick.out_frame - 1));
        for mark in &mut marks[first as usize..=last as usize] {
            *mark = '─';
        }
        for (at, digit) in pick.id.to_string().chars().enumerate() {
            if let Some(mark) = marks.get_mut(first as usize + at) {
                *mark = digit;
            }
        }
    }
    let names: Vec<String> = curve
        .signals
        .iter()
        .map(|signal| signal.name.replace('_', " "))
        .collect();
    output.line(format!(
        "\n{}  {}  {}",
        bold(&source.name),
        clock(length),
        names.join(", ")
    ));
    output.line(format!("  {line}"));
    output.line(format!(
        "  {}",
        marks.into_iter().collect::<String>().trim_end()
    ));
}
