//! Runs a query and reads its hits.

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use tantivy::{
    DocAddress, DocSet, Score, Searcher, TERMINATED, TantivyDocument, Term,
    collector::{FilterCollector, TopDocs},
    columnar::Column,
    schema::{IndexRecordOption, Value},
};

use super::{
    analysis::{Reading, StemTable},
    matching::{HitText, Pattern, Plan, Unit},
    query,
    schema::Fields,
    snippet::snippet,
    stopwords::StopWords,
    syntax::{Demand, ParsedQuery},
};
use crate::{
    domain::{AssetKey, Channel, RetrievalScope, SegmentId, Snippet, TimeSpan},
    store::{WordField, WordHit, WordQuery},
};

/// Which hits are wanted, and how much of each.
pub(super) struct Wanted<'a> {
    /// Where.
    pub scope: &'a RetrievalScope,
    /// How many.
    pub limit: usize,
    /// Whether texts may be left unread where what they hold is known without: such a hit has no
    /// snippet.
    pub may_leave_unread: bool,
}

/// Runs `query` and takes its best hits, best first.
pub(super) fn search(
    searcher: &Searcher,
    fields: &Fields,
    languages: &[String],
    query: &WordQuery,
    wanted: &Wanted<'_>,
) -> tantivy::Result<Vec<WordHit>> {
    let mut reader = HitReader::new(searcher, fields, languages, &query.text)?;
    let searched: &[WordField] = if query.fields.is_empty() {
        &WordField::ALL
    } else {
        &query.fields
    };
    let Some(tantivy_query) = query::build(&reader.plan, fields, searched, wanted.scope) else {
        return Ok(Vec::new());
    };
    if wanted.limit == 0 {
        return Ok(Vec::new());
    }
    let top = TopDocs::with_limit(wanted.limit).order_by_score();
    let found = match &wanted.scope.assets {
        None => searcher.search(&*tantivy_query, &top)?,
        Some(assets) => {
            let allowed: Arc<HashSet<i64>> = Arc::new(assets.iter().map(|asset| asset.0).collect());
            let is_allowed = move |asset: i64| allowed.contains(&asset);
            searcher.search(
                &*tantivy_query,
                &FilterCollector::new("asset".to_owned(), is_allowed, top),
            )?
        }
    };
    let mut hits = Vec::with_capacity(found.len());
    let sure = reader.sure().filter(|_| wanted.may_leave_unread);
    for (score, address) in found {
        hits.push(match sure {
            Some(is_phrase) => reader.unread(score, address, is_phrase),
            None => reader.read(score, address)?,
        });
    }
    hits.sort_by(|left, right| {
        let has_all = |hit: &WordHit| hit.matched_share >= 1.0;
        has_all(right)
            .cmp(&has_all(left))
            .then(
                right
                    .score
                    .partial_cmp(&left.score)
                    .unwrap_or(Ordering::Equal),
            )
            .then(left.asset.cmp(&right.asset))
            .then(left.span.cmp(&right.span))
            .then(left.segment.cmp(&right.segment))
    });
    Ok(hits)
}

/// The text around the words of `query` in these segments' texts; `None` where there is none.
pub(super) fn snippets(
    searcher: &Searcher,
    fields: &Fields,
    languages: &[String],
    query: &str,
    places: &[(AssetKey, SegmentId, WordField)],
) -> tantivy::Result<Vec<Option<Snippet>>> {
    let mut reader = HitReader::new(searcher, fields, languages, query)?;
    places
        .iter()
        .map(|place| match reader.address(*place)? {
            Some(address) => Ok(reader.read(0.0, address)?.snippet),
            None => Ok(None),
        })
        .collect()
}

/// Reads hits of one query.
struct HitReader<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    columns: Vec<Columns>,
    plan: Plan,
    stems: Vec<StemTable>,
}

impl<'a> HitReader<'a> {
    fn new(
        searcher: &'a Searcher,
        fields: &'a Fields,
        languages: &[String],
        query: &str,
    ) -> tantivy::Result<Self> {
        let mut stems: Vec<StemTable> = languages
            .iter()
            .filter_map(|code| StemTable::new(code))
            .collect();
        let plan = Plan::new(
            &ParsedQuery::parse(query),
            &mut stems,
            &mut StopWords::new(languages),
        );
        Ok(Self {
            searcher,
            fields,
            columns: Columns::of(searcher)?,
            plan,
            stems,
        })
    }

    /// Whether each hit holds a phrase, where it is known that each holds all that is looked for:
    /// that is one thing, so that the index would not have found it otherwise.
    fn sure(&self) -> Option<bool> {
        let mut telling = self.plan.telling();
        let only = telling.next()?;
        let is_sure = telling.next().is_none() && self.plan.whole.is_none();
        is_sure.then(|| is_phrase(only))
    }

    /// Where the text of a segment is.
    fn address(
        &self,
        (asset, segment, field): (AssetKey, SegmentId, WordField),
    ) -> tantivy::Result<Option<DocAddress>> {
        let term = Term::from_field_i64(self.fields.asset, asset.0);
        for (part, reader) in self.searcher.segment_readers().iter().enumerate() {
            let inverted = reader.inverted_index(self.fields.asset)?;
            let Some(mut texts) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            let columns = &self.columns[part];
            while texts.doc() != TERMINATED {
                let doc = texts.doc();
                let is_it = columns.segment(doc) == segment && columns.field(doc) == field;
                if is_it && !reader.is_deleted(doc) {
                    return Ok(Some(DocAddress::new(part as u32, doc)));
                }
                texts.advance();
            }
        }
        Ok(None)
    }

    fn unread(&self, score: Score, address: DocAddress, is_phrase: bool) -> WordHit {
        let columns = &self.columns[address.segment_ord as usize];
        WordHit {
            asset: AssetKey(columns.asset.first(address.doc_id).unwrap_or_default()),
            segment: columns.segment(address.doc_id),
            channel: columns.channel(address.doc_id),
            span: columns.span(address.doc_id),
            score,
            matched_share: 1.0,
            is_phrase,
            snippet: None,
        }
    }

    fn read(&mut self, score: Score, address: DocAddress) -> tantivy::Result<WordHit> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let text = document
            .get_first(self.fields.text)
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        let language = document
            .get_first(self.fields.language)
            .and_then(|value| value.as_str());
        let field = self.columns[address.segment_ord as usize].field(address.doc_id);
        let reading = if field == WordField::Metadata {
            Reading::Name
        } else {
            Reading::Text
        };
        let table = self
            .stems
            .iter_mut()
            .find(|table| Some(table.code()) == language);
        let hit_text = HitText::new(text, reading, table);
        let mut marks = Vec::new();
        let (mut telling, mut matched, mut has_phrase) = (0, 0, false);
        for unit in self.plan.telling() {
            telling += 1;
            if unit.field.is_some_and(|wanted| wanted != field) {
                continue;
            }
            let places = hit_text.find(&unit.pattern);
            if !places.is_empty() {
                matched += 1;
                has_phrase |= is_phrase(unit);
            }
            marks.extend(places);
        }
        if let Some(whole) = &self.plan.whole {
            let places = hit_text.find_phrase(whole);
            has_phrase |= !places.is_empty();
            marks.extend(places);
        }
        Ok(WordHit {
            matched_share: if telling == 0 {
                0.0
            } else {
                matched as f32 / telling as f32
            },
            snippet: (!text.is_empty()).then(|| snippet(text, &marks)),
            ..self.unread(score, address, has_phrase)
        })
    }
}

/// Whether a part of a query is several words that must stand side by side.
fn is_phrase(unit: &Unit) -> bool {
    matches!(&unit.pattern, Pattern::Phrase(phrase) if phrase.len() > 1)
        && unit.demand == Demand::Required
}

/// The columns of one part of the index that identify a document.
struct Columns {
    asset: Column<i64>,
    segment_high: Column<u64>,
    segment_low: Column<u64>,
    channel: Column<u64>,
    start_millis: Column<i64>,
    end_millis: Column<i64>,
    word_field: Column<u64>,
}

impl Columns {
    fn of(searcher: &Searcher) -> tantivy::Result<Vec<Self>> {
        searcher
            .segment_readers()
            .iter()
            .map(|segment| {
                let columns = segment.fast_fields();
                Ok(Self {
                    asset: columns.i64("asset")?,
                    segment_high: columns.u64("segment_high")?,
                    segment_low: columns.u64("segment_low")?,
                    channel: columns.u64("channel")?,
                    start_millis: columns.i64("start_millis")?,
                    end_millis: columns.i64("end_millis")?,
                    word_field: columns.u64("word_field")?,
                })
            })
            .collect()
    }

    fn segment(&self, document: u32) -> SegmentId {
        let half = |column: &Column<u64>| u128::from(column.first(document).unwrap_or_default());
        SegmentId(half(&self.segment_high) << 64 | half(&self.segment_low))
    }

    fn channel(&self, document: u32) -> Channel {
        let number = self.channel.first(document).unwrap_or_default() as usize;
        Channel::ALL.get(number).copied().unwrap_or(Channel::Asset)
    }

    fn field(&self, document: u32) -> WordField {
        let number = self.word_field.first(document).unwrap_or_default() as usize;
        WordField::ALL
            .get(number)
            .copied()
            .unwrap_or(WordField::Metadata)
    }

    fn span(&self, document: u32) -> TimeSpan {
        let time = |column: &Column<i64>| column.first(document).unwrap_or_default();
        TimeSpan::new(time(&self.start_millis), time(&self.end_millis))
    }
}

/// Every living document's asset, segment and word field, sorted.
pub(super) fn documents(
    searcher: &Searcher,
) -> tantivy::Result<Vec<(AssetKey, SegmentId, WordField)>> {
    let mut found = Vec::new();
    for (segment, columns) in searcher
        .segment_readers()
        .iter()
        .zip(Columns::of(searcher)?)
    {
        found.extend(segment.doc_ids_alive().map(|document| {
            let asset = AssetKey(columns.asset.first(document).unwrap_or_default());
            (asset, columns.segment(document), columns.field(document))
        }));
    }
    found.sort_unstable();
    Ok(found)
}

/// Codes of the languages that the index has stems of.
pub(super) fn languages(searcher: &Searcher, fields: &Fields) -> tantivy::Result<Vec<String>> {
    let mut codes = HashSet::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.language)?;
        let mut terms = inverted.terms().stream()?;
        while terms.advance() {
            codes.insert(String::from_utf8_lossy(terms.key()).into_owned());
        }
    }
    let mut codes: Vec<String> = codes.into_iter().collect();
    codes.sort_unstable();
    Ok(codes)
}
