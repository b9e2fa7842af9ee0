//! Labels for shots without training: which terms of a vocabulary describe a picture better than chance and
//! better than sentences that say nothing.
//!
//! A term is the normalised mean of its sentences' vectors (prompt ensembling, Radford et al. 2021,
//! "Learning Transferable Visual Models From Natural Language Supervision", section 3.1.4). Cosines of
//! pictures and texts lie in a narrow band whose place differs from model to model, and some terms lie
//! close to every picture. Three measures, all taken from the model in hand, stand in for a threshold:
//!
//! 1. Of a picture's cosines, the part is taken off that a straight line through (closeness of the term to
//!    the rest of the vocabulary, cosine) explains: terms close to everything gain nothing by it.
//! 2. What remains, divided by its spread over the vocabulary, must exceed what `FALSE_TERMS` of as many
//!    normally distributed values would exceed (a Bonferroni bound on the number of false labels).
//! 3. The cosine must exceed that of every neutral sentence.
//!
//! The confidence is the model's own reading of a cosine. With a bias (SigLIP, Zhai et al. 2023, "Sigmoid
//! Loss for Language Image Pre-Training"): `σ(scale · cosine + bias)`. Without one (CLIP): the term's share
//! in a softmax at the model's scale over its group and the neutral sentences.

use std::path::Path;

use crate::inference::InferenceError;
use crate::inference::vision::PictureEmbedder;
pub use crate::inference::vocabulary::Vocabulary;
use crate::inference::vocabulary_vectors::VocabularyVectors;

/// Terms of the whole vocabulary that may pass the second measure by chance, for each picture.
const FALSE_TERMS: f64 = 0.25;

/// Labels of a shot at most: more are noise to a reader.
const TAGS_MAX: usize = 10;

/// Below this confidence the model itself does not believe in the term.
const CONFIDENCE_MIN: f32 = 0.05;

/// A term that a shot shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// The term's name in the vocabulary.
    pub name: String,
    /// 0 to 1, of the keyframe that shows it best; not comparable between models.
    pub confidence: f32,
}

/// A vocabulary as one model sees it.
pub struct Tagger {
    terms: Vec<TermVector>,
    groups: usize,
    neutral: Vec<Vec<f32>>,
    logit_scale: f32,
    logit_bias: Option<f32>,
    surprise_min: f64,
    version: String,
}

struct TermVector {
    name: String,
    group: usize,
    vector: Vec<f32>,
    /// Mean cosine to the other terms, less the mean of that over all terms.
    closeness: f64,
}

impl Tagger {
    /// Takes the vocabulary's vectors from `kept` where they lie there, and else makes and keeps them.
    ///
    /// # Errors
    /// A model that fails.
    pub fn new(
        vocabulary: &Vocabulary,
        embedder: &dyn PictureEmbedder,
        kept: &Path,
    ) -> Result<Self, InferenceError> {
        let vectors = VocabularyVectors::kept(kept, vocabulary, embedder)?;
        let groups = vocabulary.groups.iter().enumerate();
        let members = groups.flat_map(|(group, terms)| terms.iter().map(move |term| (group, term)));
        let mut terms: Vec<TermVector> = members
            .zip(vectors.terms)
            .map(|((group, term), vector)| TermVector {
                name: term.name.clone(),
                group,
                vector,
                closeness: 0.0,
            })
            .collect();
        set_closeness(&mut terms);
        Ok(Self {
            surprise_min: normal_quantile(1.0 - FALSE_TERMS / terms.len().max(1) as f64),
            terms,
            groups: vocabulary.groups.len(),
            neutral: vectors.neutral,
            logit_scale: embedder.logit_scale(),
            logit_bias: embedder.logit_bias(),
            version: format!(
                "{}+vocabulary@{}",
                embedder.space().model,
                vocabulary.version()
            ),
        })
    }

    /// The terms that at least one keyframe of a shot shows, best first, at most `TAGS_MAX`.
    ///
    /// `embeddings` are the keyframes' vectors of unit length in the embedder's space.
    pub fn tag(&self, embeddings: &[&[f32]]) -> Vec<Tag> {
        let mut best = vec![0.0f32; self.terms.len()];
        for embedding in embeddings {
            for (best, confidence) in best.iter_mut().zip(self.confidences(embedding)) {
                *best = best.max(confidence);
            }
        }
        let shown = self
            .terms
            .iter()
            .zip(best)
            .filter(|(_, confidence)| *confidence > 0.0);
        let mut tags: Vec<Tag> = shown
            .map(|(term, confidence)| Tag {
                name: term.name.clone(),
                confidence,
            })
            .collect();
        tags.sort_by(|a, b| {
            b.confidence
                .total_cmp(&a.confidence)
                .then_with(|| a.name.cmp(&b.name))
        });
        tags.truncate(TAGS_MAX);
        tags
    }

    /// Model, its weights' hash and the vocabulary's hash, such as `clip-vit-base-patch32@0123abcd+vocabulary@89ab4567`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The confidence of each term for one picture, 0 where it is not shown.
    fn confidences(&self, embedding: &[f32]) -> Vec<f32> {
        let cosines: Vec<f32> = self
            .terms
            .iter()
            .map(|term| dot(&term.vector, embedding))
            .collect();
        let neutral: Vec<f32> = self
            .neutral
            .iter()
            .map(|vector| dot(vector, embedding))
            .collect();
        let neutral_best = neutral.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let surprises = self.surprises(&cosines);
        let shares = match self.logit_bias {
            Some(bias) => cosines
                .iter()
                .map(|cosine| sigmoid(self.logit_scale * cosine + bias))
                .collect(),
            None => self.group_shares(&cosines, &neutral),
        };
        let measures = shares.iter().zip(&cosines).zip(&surprises);
        measures
            .map(|((share, cosine), surprise)| {
                let shown = *surprise >= self.surprise_min
                    && *cosine > neutral_best
                    && *share >= CONFIDENCE_MIN;
                if shown { share.min(1.0) } else { 0.0 }
            })
            .collect()
    }

    /// How many standard deviations each cosine lies above what the term's closeness lets expect.
    fn surprises(&self, cosines: &[f32]) -> Vec<f64> {
        let count = cosines.len().max(1) as f64;
        let mean = cosines.iter().map(|cosine| f64::from(*cosine)).sum::<f64>() / count;
        let closeness = || self.terms.iter().map(|term| term.closeness);
        let squares: f64 = closeness().map(|value| value * value).sum();
        let products: f64 = closeness()
            .zip(cosines)
            .map(|(closeness, cosine)| closeness * (f64::from(*cosine) - mean))
            .sum();
        let slope = if squares > 0.0 {
            products / squares
        } else {
            0.0
        };
        let rests: Vec<f64> = closeness()
            .zip(cosines)
            .map(|(closeness, cosine)| f64::from(*cosine) - mean - slope * closeness)
            .collect();
        let deviation = (rests.iter().map(|rest| rest * rest).sum::<f64>() / count).sqrt();
        // Cosines that do not differ beyond rounding say nothing.
        let scale = if deviation > 1e-6 {
            1.0 / deviation
        } else {
            0.0
        };
        rests.iter().map(|rest| rest * scale).collect()
    }

    /// Each term's share in a softmax over its group and the neutral sentences.
    fn group_shares(&self, cosines: &[f32], neutral: &[f32]) -> Vec<f32> {
        let peak = cosines
            .iter()
            .chain(neutral)
            .copied()
            .fold(f32::NEG_INFINITY, f32::max);
        let weight = |cosine: &f32| (self.logit_scale * (cosine - peak)).exp();
        let mut sums = vec![neutral.iter().map(weight).sum::<f32>(); self.groups];
        let weights: Vec<f32> = cosines.iter().map(weight).collect();
        for (term, weight) in self.terms.iter().zip(&weights) {
            sums[term.group] += weight;
        }
        let groups = self.terms.iter().map(|term| sums[term.group]);
        weights
            .iter()
            .zip(groups)
            .map(|(weight, sum)| weight / sum.max(f32::MIN_POSITIVE))
            .collect()
    }
}

/// Sets each term's mean cosine to the others, as a difference from the mean over all.
fn set_closeness(terms: &mut [TermVector]) {
    let dimensions = terms.first().map_or(0, |term| term.vector.len());
    let mut sum = vec![0.0f32; dimensions];
    for term in &*terms {
        sum.iter_mut()
            .zip(&term.vector)
            .for_each(|(sum, value)| *sum += value);
    }
    let others = terms.len().saturating_sub(1).max(1) as f64;
    for term in &mut *terms {
        let own = dot(&term.vector, &term.vector);
        term.closeness = f64::from(dot(&term.vector, &sum) - own) / others;
    }
    let mean = terms.iter().map(|term| term.closeness).sum::<f64>() / terms.len().max(1) as f64;
    terms.iter_mut().for_each(|term| term.closeness -= mean);
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The value that a standard normal variable stays below with `probability`, 0.5 to 1, to within 4.5e-4
/// (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23).
fn normal_quantile(probability: f64) -> f64 {
    let t = (-2.0 * (1.0 - probability).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::vision::load_picture_embedder;
    use crate::inference::vision::tiny_models::TinyModel;

    /// The short ones of the built-in terms, bare: the small models read no more than 16 characters.
    fn short_vocabulary() -> Vocabulary {
        let mut text = "neutral = [\"a photo\", \"a picture\"]\n".to_owned();
        for (index, terms) in Vocabulary::builtin().unwrap().groups.iter().enumerate() {
            let names = terms.iter().map(|term| &term.name);
            let short: Vec<&String> = names.filter(|name| name.len() <= 14).collect();
            text += &format!(
                "[[group]]\nname = \"{index}\"\ntemplates = [\"{{}}\"]\nterms = {short:?}\n"
            );
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("short.toml");
        std::fs::write(&path, text).unwrap();
        Vocabulary::load(&path).unwrap()
    }

    fn with_tagger(model: &TinyModel, check: impl Fn(&Tagger, &dyn PictureEmbedder)) {
        let directory = tempfile::tempdir().unwrap();
        let installed = model.install(directory.path());
        let embedder = load_picture_embedder(&installed, 2).unwrap();
        let kept = directory.path().join("kept");
        let tagger = Tagger::new(&short_vocabulary(), embedder.as_ref(), &kept).unwrap();
        check(&tagger, embedder.as_ref());
    }

    #[test]
    fn a_picture_that_lies_where_a_term_lies_can_be_given_that_term() {
        for model in [TinyModel::clip(), TinyModel::siglip()] {
            with_tagger(&model, |tagger, _| {
                let mut found = 0;
                for term in &tagger.terms {
                    let tags = tagger.tag(&[&term.vector]);
                    assert!(tags.len() <= TAGS_MAX);
                    assert!(
                        tags.iter()
                            .all(|tag| (CONFIDENCE_MIN..=1.0).contains(&tag.confidence))
                    );
                    assert!(tags.is_sorted_by(|a, b| a.confidence >= b.confidence));
                    found += usize::from(tags.iter().any(|tag| tag.name == term.name));
                }
                // Random weights put most terms too close together to be told apart.
                assert!(found >= 5, "{found} of {}", tagger.terms.len());
            });
        }
    }

    #[test]
    fn surprises_leave_out_what_closeness_explains() {
        with_tagger(&TinyModel::clip(), |tagger, _| {
            let by_closeness = |term: &TermVector| 0.2 + 0.5 * term.closeness as f32;
            let mut cosines: Vec<f32> = tagger.terms.iter().map(by_closeness).collect();
            let spread = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
            assert!(spread(&tagger.surprises(&cosines)) < tagger.surprise_min);
            cosines[5] += 0.1;
            let surprises = tagger.surprises(&cosines);
            assert!(surprises[5] > 10.0 && surprises[5] == spread(&surprises));
            assert!((surprises.iter().sum::<f64>() / surprises.len() as f64).abs() < 1e-6);
        });
    }

    #[test]
    fn a_picture_that_a_neutral_sentence_describes_best_is_given_no_term() {
        for model in [TinyModel::clip(), TinyModel::siglip()] {
            with_tagger(&model, |tagger, _| {
                for neutral in &tagger.neutral {
                    assert_eq!(tagger.tag(&[neutral]), []);
                }
                assert_eq!(tagger.tag(&[&[0.0; 40]]), []);
                assert_eq!(tagger.tag(&[]), []);
            });
        }
    }

    #[test]
    fn a_shot_shows_what_any_of_its_keyframes_shows() {
        with_tagger(&TinyModel::clip(), |tagger, _| {
            let shown: Vec<&TermVector> = tagger
                .terms
                .iter()
                .filter(|term| {
                    tagger
                        .tag(&[&term.vector])
                        .first()
                        .is_some_and(|tag| tag.name == term.name)
                })
                .take(2)
                .collect();
            let [first, second] = shown[..] else {
                panic!("fewer than two terms are found")
            };
            let tags = tagger.tag(&[&first.vector, &second.vector]);
            let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
            assert!(names.contains(&first.name.as_str()) && names.contains(&second.name.as_str()));
        });
    }

    #[test]
    fn the_version_names_model_and_vocabulary() {
        with_tagger(&TinyModel::siglip(), |tagger, embedder| {
            let vocabulary = short_vocabulary();
            let kept = tempfile::tempdir().unwrap();
            let again = Tagger::new(&vocabulary, embedder, kept.path()).unwrap();
            assert_eq!(tagger.version(), again.version());
            let expected = format!("tiny@0123abcd+vocabulary@{}", vocabulary.version());
            assert_eq!(tagger.version(), expected);
            let vector = &tagger.terms[17].vector;
            assert_eq!(tagger.tag(&[vector]), again.tag(&[vector]));
        });
    }

    #[test]
    fn the_normal_quantile_matches_the_tables() {
        for (probability, expected) in [(0.975, 1.95996), (0.999, 3.09023), (0.9999, 3.71902)] {
            assert!((normal_quantile(probability) - expected).abs() < 4.5e-4);
        }
    }
}
