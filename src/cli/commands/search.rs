//! `reeldex search`.

use serde_json::json;

use super::super::{
    arguments::SearchArguments,
    output::{Output, bold, clock},
};
use crate::{
    app::App,
    domain::{Filters, Query},
    fault::{AnyError, ExitStatus},
    search::{Answer, Explanation, Facets, FoundMoment, MarkedText, Source, Strength, Verdict},
};

pub(in crate::cli) fn run(
    app: &App,
    arguments: &SearchArguments,
    output: &Output,
) -> Result<ExitStatus, AnyError> {
    let query = Query {
        text: arguments.text.join(" "),
        filters: Filters {
            kinds: arguments.kind.iter().map(|kind| (*kind).into()).collect(),
            collections: arguments.collection.clone(),
            after: arguments.after.clone(),
            before: arguments.before.clone(),
            languages: arguments.lang.clone(),
            tags: arguments.tag.clone(),
            paths: arguments.path.clone(),
        },
        limit: arguments.limit,
        cursor: arguments.cursor.clone(),
        weak: arguments.weak,
        facets: arguments.facets,
    };
    let (answer, explanation) = app.search(&query)?;
    if arguments.explain {
        explain(&explanation, output);
    }
    if output.json {
        output.document(&answer);
    } else {
        tell(&answer, &query, output);
    }
    Ok(ExitStatus::Done)
}

/// How the query was read, and what each source was asked, gave and took.
fn explain(explanation: &Explanation, output: &Output) {
    output.event(&json!({ "event": "explanation", "explanation": explanation }));
    output.line(format!("query       {}", explanation.query));
    for asked in &explanation.asked {
        let weight = asked
            .weight
            .map_or_else(|| "    ".to_owned(), |weight| format!("×{weight:.1}"));
        output.line(format!(
            "{:<11} {weight} {:>7} candidates {:>9}  {}",
            asked_name(asked.source),
            asked.candidates,
            millis(asked.took_micros),
            asked.question
        ));
    }
    output.line(format!(
        "{:<11}      {:>7} moments    {:>9}\n",
        "fused",
        explanation.moments,
        millis(explanation.took_micros)
    ));
}

/// A time as people read it, to the tenth of a millisecond.
fn millis(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1000.0)
}

/// A source's name as the evidence of a moment has it.
fn asked_name(source: &'static str) -> &'static str {
    Source::ALL
        .into_iter()
        .find(|known| known.name() == source)
        .map_or(source, source_name)
}

fn tell(answer: &Answer, query: &Query, output: &Output) {
    for (number, moment) in answer.moments.iter().enumerate() {
        tell_moment(number + 1, moment, output);
    }
    if let Some(facets) = &answer.facets {
        tell_facets(facets, output);
    }
    output.line(format!("{} in {} ms", sentence(answer), answer.took_millis));
    if answer.verdict == Verdict::None && !query.weak {
        output.note("hint: `--weak` shows the nearest all the same");
    }
    if let Some(cursor) = &answer.next_cursor {
        output.note(format!("hint: `--cursor {cursor}` shows the next page"));
    }
    for note in &answer.notes {
        output.note(format!("note: {note}"));
    }
}

fn tell_moment(number: usize, moment: &FoundMoment, output: &Output) {
    let place = if moment.end_millis > moment.start_millis {
        let timecode = moment
            .timecode
            .as_deref()
            .map_or(String::new(), |timecode| format!("  [{timecode}]"));
        format!(
            "  {} – {}{timecode}",
            clock(moment.start_millis),
            clock(moment.end_millis)
        )
    } else {
        String::new()
    };
    output.line(format!("{number:>2}. {}{place}", bold(&moment.path)));
    let strength = match moment.strength {
        Strength::Strong => "",
        Strength::Fair => "fair match, ",
        Strength::Weak => "weak match, ",
    };
    output.line(format!("    {strength}{}", moment.reason));
    if moment.stands_for > 1 {
        let others = moment.stands_for - 1;
        output.line(format!("    and {others} nearly the same"));
    }
    for evidence in &moment.evidence {
        let snippet = evidence
            .snippet
            .as_ref()
            .map_or(String::new(), |snippet| format!("  {}", marked(snippet)));
        output.line(format!(
            "    {:<16} {:>7.3}{snippet}",
            source_name(evidence.source),
            evidence.score
        ));
    }
    if let Some(thumbnail) = &moment.thumbnail {
        output.line(format!("    {thumbnail}"));
    }
}

fn tell_facets(facets: &Facets, output: &Output) {
    for (name, counts) in [
        ("kind", &facets.kind),
        ("collection", &facets.collection),
        ("language", &facets.language),
        ("tag", &facets.tag),
        ("year", &facets.year),
    ] {
        let counts: Vec<String> = counts
            .iter()
            .map(|counted| format!("{} {}", counted.value, counted.count))
            .collect();
        if !counts.is_empty() {
            output.line(format!("{name:<11}{}", counts.join(", ")));
        }
    }
}

/// A snippet on one line with its matching words in bold.
fn marked(snippet: &MarkedText) -> String {
    let mut text = String::new();
    let mut at = 0;
    for &(start, end) in &snippet.marked {
        if let (Some(before), Some(word)) =
            (snippet.text.get(at..start), snippet.text.get(start..end))
        {
            text.push_str(before);
            text.push_str(&bold(word));
            at = end;
        }
    }
    text.push_str(snippet.text.get(at..).unwrap_or_default());
    text.replace('\n', " / ")
}

/// The verdict in words.
fn sentence(answer: &Answer) -> String {
    let moments = match (answer.moments.len(), answer.total) {
        (1, 1) => "1 moment".to_owned(),
        (shown, total) if shown < total => format!("{shown} of {total} moments"),
        (shown, _) => format!("{shown} moments"),
    };
    match answer.verdict {
        Verdict::Strong => moments,
        Verdict::Fair => format!("{moments}, fair matches at best"),
        Verdict::Weak => format!("{moments}, weak matches only"),
        Verdict::None => "nothing matches well".to_owned(),
    }
}

fn source_name(source: Source) -> &'static str {
    match source {
        Source::SpeechWords => "speech",
        Source::ScreenWords => "on screen",
        Source::MetadataWords => "name or tag",
        Source::Picture => "picture",
        Source::Passage => "meaning",
    }
}
