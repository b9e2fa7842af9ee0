//! The fields of the full-text index.

use tantivy::{
    Index,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing,
        TextOptions,
    },
    tokenizer::TextAnalyzer,
};

use super::analysis::{Analysis, FieldTokenizer};
use crate::store::WordField;

/// Goes up when an index made before would answer wrongly; it is then built anew.
pub(super) const FORMAT_VERSION: u32 = 1;

/// Handles of the fields.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub asset: Field,
    pub segment_high: Field,
    pub segment_low: Field,
    pub channel: Field,
    pub start_millis: Field,
    pub end_millis: Field,
    pub word_field: Field,
    pub kind: Field,
    pub collection: Field,
    pub language: Field,
    pub text: Field,
    words: [Field; 3],
    stems: [Field; 3],
}

impl Fields {
    /// The folded words of a word field.
    pub(super) fn words(&self, field: WordField) -> Field {
        self.words[field as usize]
    }

    /// The stems of a word field.
    pub(super) fn stems(&self, field: WordField) -> Field {
        self.stems[field as usize]
    }
}

fn analysed(tokenizer: &str, record: IndexRecordOption) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record),
    )
}

/// The schema and the handles of its fields.
///
/// Each word field is two: folded words with positions, for words as they stand, phrases, prefixes
/// and typing errors; and stems that begin with their language, so that one field serves all.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let asset = builder.add_i64_field("asset", INDEXED | FAST);
    let segment_high = builder.add_u64_field("segment_high", FAST);
    let segment_low = builder.add_u64_field("segment_low", FAST);
    let channel = builder.add_u64_field("channel", FAST);
    let start_millis = builder.add_i64_field("start_millis", FAST);
    let end_millis = builder.add_i64_field("end_millis", FAST);
    let word_field = builder.add_u64_field("word_field", FAST);
    let kind = builder.add_text_field("kind", STRING);
    let collection = builder.add_text_field("collection", STRING);
    let language = builder.add_text_field("language", STRING | STORED);
    let text = builder.add_text_field("text", STORED);
    let words = WordField::ALL.map(|field| {
        let tokenizer = if field == WordField::Metadata {
            "names"
        } else {
            "words"
        };
        let options = analysed(tokenizer, IndexRecordOption::WithFreqsAndPositions);
        builder.add_text_field(&format!("{}_words", field.name()), options)
    });
    let stems = WordField::ALL.map(|field| {
        let options = analysed("stems", IndexRecordOption::WithFreqs);
        builder.add_text_field(&format!("{}_stems", field.name()), options)
    });
    let fields = Fields {
        asset,
        segment_high,
        segment_low,
        channel,
        start_millis,
        end_millis,
        word_field,
        kind,
        collection,
        language,
        text,
        words,
        stems,
    };
    (builder.build(), fields)
}

/// Makes the tokenizers known to an index.
pub(super) fn register_tokenizers(index: &Index) {
    for (name, analysis) in [
        ("words", Analysis::Words),
        ("names", Analysis::Names),
        ("stems", Analysis::Stems),
    ] {
        index
            .tokenizers()
            .register(name, TextAnalyzer::from(FieldTokenizer(analysis)));
    }
}
