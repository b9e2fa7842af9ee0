//! A model that still knows the vectors of what it was asked last, so that a repeated query costs nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    InferenceError, calibration::Calibration, text::PassageEmbedder, vision::PictureEmbedder,
};
use crate::domain::{Picture, SpaceId};

/// Queries that are remembered: some thousand numbers each, so a few megabytes at most.
const REMEMBERED: usize = 512;
/// Longer texts are no queries.
const MAX_TEXT_BYTES: usize = 2000;

/// A model with a memory for queries; a text that comes among others is a vocabulary's and is not kept.
pub(super) struct Remembering<M> {
    model: M,
    recent: Mutex<Recent>,
}

/// Vectors by text, each with the turn in which it was last asked for.
#[derive(Default)]
struct Recent {
    turn: u64,
    vectors: HashMap<String, (u64, Vec<f32>)>,
}

impl Recent {
    fn get(&mut self, text: &str) -> Option<Vec<f32>> {
        self.turn += 1;
        let (turn, vector) = self.vectors.get_mut(text)?;
        *turn = self.turn;
        Some(vector.clone())
    }

    fn keep(&mut self, text: &str, vector: Vec<f32>) {
        if self.vectors.len() >= REMEMBERED {
            // Looked for among a few hundred, once for each time that the model itself is asked.
            let oldest = self.vectors.iter().min_by_key(|(_, (turn, _))| *turn);
            if let Some(oldest) = oldest.map(|(text, _)| text.clone()) {
                self.vectors.remove(&oldest);
            }
        }
        self.vectors.insert(text.to_owned(), (self.turn, vector));
    }
}

impl<M> Remembering<M> {
    pub(super) fn new(model: M) -> Self {
        Self {
            model,
            recent: Mutex::default(),
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recall(
        &self,
        text: &str,
        ask: impl FnOnce() -> Result<Vec<f32>, InferenceError>,
    ) -> Result<Vec<f32>, InferenceError> {
        if let Some(vector) = self.recent().get(text) {
            return Ok(vector);
        }
        let vector = ask()?;
        if text.len() <= MAX_TEXT_BYTES {
            self.recent().keep(text, vector.clone());
        }
        Ok(vector)
    }
}

impl PictureEmbedder for Remembering<Box<dyn PictureEmbedder>> {
    fn space(&self) -> &SpaceId {
        self.model.space()
    }

    fn embed_pictures(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.model.embed_pictures(pictures)
    }

    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        match texts {
            [text] => {
                let ask = || {
                    let vectors = self.model.embed_texts(&[text])?;
                    Ok(vectors.into_iter().next().unwrap_or_default())
                };
                Ok(vec![self.recall(text, ask)?])
            }
            _ => self.model.embed_texts(texts),
        }
    }

    fn logit_scale(&self) -> f32 {
        self.model.logit_scale()
    }

    fn logit_bias(&self) -> Option<f32> {
        self.model.logit_bias()
    }

    fn calibration(&self) -> Option<&Calibration> {
        self.model.calibration()
    }
}

impl PassageEmbedder for Remembering<Box<dyn PassageEmbedder>> {
    fn space(&self) -> &SpaceId {
        self.model.space()
    }

    fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        self.model.embed_passages(texts)
    }

    fn embed_query(&self, text: &str) -> Result<Vec<f32>, InferenceError> {
        self.recall(text, || self.model.embed_query(text))
    }

    fn calibration(&self) -> Option<&Calibration> {
        self.model.calibration()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::domain::SpaceKind;

    /// Counts how often it is asked, and answers with the length of the text.
    struct Counting {
        space: SpaceId,
        asked: Arc<AtomicUsize>,
    }

    impl PassageEmbedder for Counting {
        fn space(&self) -> &SpaceId {
            &self.space
        }

        fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
            texts.iter().map(|text| self.embed_query(text)).collect()
        }

        fn embed_query(&self, text: &str) -> Result<Vec<f32>, InferenceError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Ok(vec![text.len() as f32])
        }
    }

    #[test]
    fn a_repeated_query_is_not_asked_again_until_many_others_were() {
        let asked = Arc::new(AtomicUsize::new(0));
        let model: Box<dyn PassageEmbedder> = Box::new(Counting {
            space: SpaceId {
                kind: SpaceKind::Passage,
                model: "counting@1".to_owned(),
                dimensions: 1,
            },
            asked: Arc::clone(&asked),
        });
        let model = Remembering::new(model);
        let count = || asked.load(Ordering::Relaxed);
        for _ in 0..3 {
            assert_eq!(model.embed_query("gold").unwrap(), [4.0]);
        }
        assert_eq!(count(), 1);
        for number in 0..REMEMBERED - 1 {
            model.embed_query(&format!("query {number}")).unwrap();
        }
        model.embed_query("gold").unwrap();
        assert_eq!(count(), REMEMBERED, "still known, and now the youngest");
        model.embed_query("one more").unwrap();
        model.embed_query("query 0").unwrap();
        assert_eq!(count(), REMEMBERED + 2, "the oldest made room");
        assert_eq!(model.recent().vectors.len(), REMEMBERED);
        model.embed_passages(&["gold"]).unwrap();
        assert_eq!(count(), REMEMBERED + 3, "passages are not queries");
    }
}
