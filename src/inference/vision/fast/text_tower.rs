//! The tower that turns tokens into one vector: an encoder over token and position rows, pooled at one of them.

use super::activation::LayerNorm;
use super::block::{EncoderShape, Weights, load_norm};
use super::encoder::{Encoder, EncoderScratch};
use super::image_tower::normalise;
use super::kernel::Instructions;
use super::linear::{Linear, Outcome, PackedRows};

/// Texts worked on at a time by one thread: each weight is then used for several texts once it is read.
const TEXTS_AT_ONCE: usize = 8;

/// The sizes of a text tower.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextTowerShape {
    /// Its blocks.
    pub(crate) encoder: EncoderShape,
    /// Tokens there are.
    pub(crate) vocabulary: usize,
    /// Tokens of a text at most.
    pub(crate) positions: usize,
    /// Name of the last linear layer and whether it has a bias.
    pub(crate) projection: (&'static str, bool),
    /// Numbers of the vector.
    pub(crate) dimensions: usize,
}

/// A text as the tower takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// At least one and at most as many as the tower has positions; each below its vocabulary.
    pub(crate) ids: Vec<u32>,
    /// Which of them stands for the text.
    pub(crate) pooled: usize,
}

/// A text tower that runs on the processor.
pub(crate) struct TextTower {
    tokens: Vec<f32>,
    positions: Vec<f32>,
    encoder: Encoder,
    final_norm: LayerNorm,
    projection: Linear,
}

impl TextTower {
    /// Takes the tensors named as in Hugging Face's `CLIPModel` and `SiglipModel`.
    ///
    /// # Errors
    /// What `weights` gives.
    pub(crate) fn load<E>(
        shape: &TextTowerShape,
        instructions: Instructions,
        weights: &mut Weights<'_, E>,
    ) -> Result<Self, E> {
        const PREFIX: &str = "text_model.";
        let width = shape.encoder.width;
        let (name, has_bias) = shape.projection;
        let projection = weights(&format!("{name}.weight"), &[shape.dimensions, width])?;
        let bias = match has_bias {
            true => Some(weights(&format!("{name}.bias"), &[shape.dimensions])?),
            false => None,
        };
        Ok(Self {
            tokens: weights(
                &format!("{PREFIX}embeddings.token_embedding.weight"),
                &[shape.vocabulary, width],
            )?,
            positions: weights(
                &format!("{PREFIX}embeddings.position_embedding.weight"),
                &[shape.positions, width],
            )?,
            encoder: Encoder::load(
                shape.encoder.clone(),
                instructions,
                &format!("{PREFIX}encoder."),
                weights,
            )?,
            final_norm: load_norm(
                weights,
                &format!("{PREFIX}final_layer_norm"),
                &shape.encoder,
            )?,
            projection: Linear::new(&projection, bias, width),
        })
    }

    /// Numbers of a vector.
    pub(crate) fn dimensions(&self) -> usize {
        self.projection.outputs()
    }

    /// The vectors of `texts`, not normalised, one after the other, on at most `threads` threads.
    pub(crate) fn embed(&self, texts: &[Tokens], threads: usize) -> Vec<f32> {
        let dimensions = self.dimensions();
        let mut vectors = vec![0.0; texts.len() * dimensions];
        let at_once = texts.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let mut parts = texts
                .chunks(at_once)
                .zip(vectors.chunks_mut(at_once * dimensions));
            let own = parts.next();
            for (texts, vectors) in parts {
                scope.spawn(move || self.embed_part(texts, vectors));
            }
            if let Some((texts, vectors)) = own {
                self.embed_part(texts, vectors);
            }
        });
        vectors
    }

    fn embed_part(&self, texts: &[Tokens], vectors: &mut [f32]) {
        let mut scratch = EncoderScratch::default();
        let groups = texts
            .chunks(TEXTS_AT_ONCE)
            .zip(vectors.chunks_mut(TEXTS_AT_ONCE * self.dimensions()));
        for (texts, vectors) in groups {
            self.embed_group(texts, vectors, &mut scratch);
        }
    }

    fn embed_group(&self, texts: &[Tokens], vectors: &mut [f32], scratch: &mut EncoderScratch) {
        let width = self.encoder.width();
        let instructions = self.encoder.instructions();
        // Shorter texts are filled up with zero rows after their last token: the tower is causal
        // there, so that none of their own rows sees them. Texts of other towers are equally long.
        let length = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
        let mut states = vec![0.0; texts.len() * length * width];
        let pooled: Vec<usize> = texts.iter().map(|text| text.pooled).collect();
        for (text, states) in texts.iter().zip(states.chunks_exact_mut(length * width)) {
            let positions = self.positions.chunks_exact(width);
            let rows = text
                .ids
                .iter()
                .zip(positions)
                .zip(states.chunks_exact_mut(width));
            for ((id, position), state) in rows {
                let token = &self.tokens[*id as usize * width..][..width];
                for ((state, token), position) in state.iter_mut().zip(token).zip(position) {
                    *state = token + position;
                }
            }
        }
        self.encoder
            .run(&mut states, length, Some(&pooled), scratch);
        states.truncate(texts.len() * width);
        normalise(&self.final_norm, instructions, &mut states);
        let mut packed = PackedRows::default();
        packed.pack(&states, width, texts.len(), width);
        let out = (vectors, self.dimensions());
        self.projection
            .apply(instructions, &packed, out, Outcome::Store);
    }
}
