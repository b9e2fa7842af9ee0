//! Runs a query, judges its hits by the index, and reads the texts of those that are shown.

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use tantivy::{
    DocAddress, DocSet, Score, TERMINATED, TantivyDocument, Term,
    collector::{FilterCollector, TopDocs},
    query::{EnableScoring, Query},
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
    view::View,
};
use crate::{
    domain::{AssetKey, RetrievalScope, SegmentId, Snippet},
    store::{WordField, WordHit, WordQuery},
};

/// Which hits are wanted, and how much of each.
pub(super) struct Wanted<'a> {
    /// Where.
    pub scope: &'a RetrievalScope,
    /// How many.
    pub limit: usize,
    /// Whether their texts are read, for snippets. Without, what a hit holds is asked of the index:
    /// one text after the other lies somewhere else on the disk, and is packed.
    pub has_snippets: bool,
}

/// Runs `query` and takes its best hits, best first.
pub(super) fn search(
    view: &View,
    fields: &Fields,
    query: &WordQuery,
    wanted: &Wanted<'_>,
) -> tantivy::Result<Vec<WordHit>> {
    let mut reader = HitReader::new(view, fields, &query.text);
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
    let searcher = &view.searcher;
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
    let mut hits = if wanted.has_snippets {
        let read = |(score, address)| reader.read(score, address);
        found
            .into_iter()
            .map(read)
            .collect::<tantivy::Result<_>>()?
    } else {
        reader.judge(&found, searched)?
    };
    hits.sort_by(|left: &WordHit, right| {
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
    view: &View,
    fields: &Fields,
    query: &str,
    places: &[(AssetKey, SegmentId, WordField)],
) -> tantivy::Result<Vec<Option<Snippet>>> {
    let mut reader = HitReader::new(view, fields, query);
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
    view: &'a View,
    fields: &'a Fields,
    plan: Plan,
    stems: Vec<StemTable>,
}

impl<'a> HitReader<'a> {
    fn new(view: &'a View, fields: &'a Fields, query: &str) -> Self {
        let mut stems: Vec<StemTable> = view
            .languages
            .iter()
            .filter_map(|code| StemTable::new(code))
            .collect();
        let plan = Plan::new(
            &ParsedQuery::parse(query),
            &mut stems,
            &mut StopWords::new(&view.languages),
        );
        Self {
            view,
            fields,
            plan,
            stems,
        }
    }

    /// Hits in the order of `found`, with what each holds of what is looked for, but no snippets.
    fn judge(
        &self,
        found: &[(Score, DocAddress)],
        searched: &[WordField],
    ) -> tantivy::Result<Vec<WordHit>> {
        let units: Vec<&Unit> = self.plan.telling().collect();
        let mut matched = vec![0_usize; found.len()];
        let mut has_phrase = vec![false; found.len()];
        // The index walks through its documents in their order alone.
        let mut in_order: Vec<usize> = (0..found.len()).collect();
        in_order.sort_unstable_by_key(|index| found[*index].1);
        let visit = |query: Box<dyn Query>, visit: &mut dyn FnMut(usize)| {
            self.holding(&*query, found, &in_order, visit)
        };
        match units[..] {
            // The index would not have found it otherwise.
            [only] => {
                matched.fill(1);
                has_phrase.fill(is_phrase(only));
            }
            _ => {
                for unit in &units {
                    if let Some(query) = query::unit_query(unit, self.fields, searched) {
                        visit(query, &mut |index| {
                            matched[index] += 1;
                            has_phrase[index] |= is_phrase(unit);
                        })?;
                    }
                }
            }
        }
        if let Some(whole) = &self.plan.whole {
            for field in searched {
                let query = query::phrase_query(whole, self.fields, *field);
                visit(query, &mut |index| has_phrase[index] = true)?;
            }
        }
        let of_hit = |(index, (score, address)): (usize, &(Score, DocAddress))| {
            let share = matched[index] as f32 / units.len().max(1) as f32;
            self.hit(*score, *address, share, has_phrase[index])
        };
        Ok(found.iter().enumerate().map(of_hit).collect())
    }

    /// Visits those of `found` that `query` finds as well; `in_order` has them by address.
    fn holding(
        &self,
        query: &dyn Query,
        found: &[(Score, DocAddress)],
        in_order: &[usize],
        visit: &mut dyn FnMut(usize),
    ) -> tantivy::Result<()> {
        let searcher = &self.view.searcher;
        let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
        let part_of = |index: &usize| found[*index].1.segment_ord;
        for indexes in in_order.chunk_by(|left, right| part_of(left) == part_of(right)) {
            let part = searcher.segment_reader(part_of(&indexes[0]));
            let mut holding = weight.scorer(part, 1.0)?;
            for &index in indexes {
                let document = found[index].1.doc_id;
                if holding.doc() < document {
                    holding.seek(document);
                }
                if holding.doc() == document {
                    visit(index);
                }
            }
        }
        Ok(())
    }

    /// Where the text of a segment is.
    fn address(
        &self,
        (asset, segment, field): (AssetKey, SegmentId, WordField),
    ) -> tantivy::Result<Option<DocAddress>> {
        let term = Term::from_field_i64(self.fields.asset, asset.0);
        for (part, reader) in self.view.searcher.segment_readers().iter().enumerate() {
            let inverted = reader.inverted_index(self.fields.asset)?;
            let Some(mut texts) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            let columns = &self.view.columns[part];
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

    fn hit(
        &self,
        score: Score,
        address: DocAddress,
        matched_share: f32,
        is_phrase: bool,
    ) -> WordHit {
        let columns = &self.view.columns[address.segment_ord as usize];
        WordHit {
            asset: columns.asset(address.doc_id),
            segment: columns.segment(address.doc_id),
            channel: columns.channel(address.doc_id),
            span: columns.span(address.doc_id),
            score,
            matched_share,
            is_phrase,
            snippet: None,
        }
    }

    fn read(&mut self, score: Score, address: DocAddress) -> tantivy::Result<WordHit> {
        let document: TantivyDocument = self.view.searcher.doc(address)?;
        let text = document
            .get_first(self.fields.text)
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        let language = document
            .get_first(self.fields.language)
            .and_then(|value| value.as_str());
        let field = self.view.columns[address.segment_ord as usize].field(address.doc_id);
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
        let share = matched as f32 / telling.max(1) as f32;
        Ok(WordHit {
            snippet: (!text.is_empty()).then(|| snippet(text, &marks)),
            ..self.hit(score, address, share, has_phrase)
        })
    }
}

/// Whether a part of a query is several words that must stand side by side.
fn is_phrase(unit: &Unit) -> bool {
    matches!(&unit.pattern, Pattern::Phrase(phrase) if phrase.len() > 1)
        && unit.demand == Demand::Required
}
