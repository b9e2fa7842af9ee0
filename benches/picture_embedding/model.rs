//! Image towers of known sizes with seeded random numbers, written as Hugging Face lays them out.

use std::error::Error;
use std::path::Path;

use reeldex::inference::catalogue::{InstalledModel, ModelEntry};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

const WIDTH: usize = 768;
const LAYERS: usize = 12;
/// Side of a patch in pixels.
const PATCH: usize = 32;

/// Which tower.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Architecture {
    /// CLIP ViT-B/32 at 224 pixels: 50 rows.
    Clip,
    /// SigLIP B/32 at 256 pixels: 64 rows and a pooling head.
    Siglip,
}

impl Architecture {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clip => "clip",
            Self::Siglip => "siglip",
        }
    }

    /// Side of its pictures in pixels.
    pub(crate) fn side(self) -> usize {
        match self {
            Self::Clip => 224,
            Self::Siglip => 256,
        }
    }

    /// What is taken off each channel, red first, and what it is divided by.
    pub(crate) fn mean_and_deviation(self) -> ([f32; 3], [f32; 3]) {
        match self {
            Self::Clip => (
                [0.481_454_66, 0.457_827_5, 0.408_210_73],
                [0.268_629_54, 0.261_302_6, 0.275_777_1],
            ),
            Self::Siglip => ([0.5; 3], [0.5; 3]),
        }
    }

    fn dimensions(self) -> usize {
        match self {
            Self::Clip => 512,
            Self::Siglip => WIDTH,
        }
    }

    fn config(self) -> Value {
        let side = self.side();
        let text = |width: usize, heads: usize| {
            json!({"hidden_size": width, "intermediate_size": 64, "num_hidden_layers": 1,
                "num_attention_heads": heads, "vocab_size": 2, "max_position_embeddings": 8})
        };
        let vision = json!({"hidden_size": WIDTH, "patch_size": PATCH, "image_size": side});
        match self {
            Self::Clip => json!({"model_type": "clip", "projection_dim": self.dimensions(),
                "vision_config": vision, "text_config": text(64, 1)}),
            Self::Siglip => json!({"model_type": "siglip",
                "vision_config": vision, "text_config": text(WIDTH, 12)}),
        }
    }

    fn preprocessor(self) -> Value {
        let (mean, deviation) = self.mean_and_deviation();
        let side = self.side();
        match self {
            Self::Clip => {
                json!({"size": side, "crop_size": side, "image_mean": mean, "image_std": deviation})
            }
            Self::Siglip => json!({"size": {"height": side, "width": side}, "resample": 2,
                "image_mean": mean, "image_std": deviation}),
        }
    }

    fn tensors(self) -> Vec<(String, Vec<usize>)> {
        let rows = (self.side() / PATCH).pow(2);
        let mut shapes = Shapes::default();
        shapes.blocks("vision_model.", WIDTH, 4 * WIDTH, LAYERS);
        shapes.add(
            "vision_model.embeddings.patch_embedding.weight",
            &[WIDTH, 3, PATCH, PATCH],
        );
        shapes.pair("vision_model.post_layernorm", &[WIDTH]);
        let position = "vision_model.embeddings.position_embedding.weight";
        let width = match self {
            Self::Clip => {
                shapes.add(position, &[rows + 1, WIDTH]);
                shapes.add("vision_model.embeddings.class_embedding", &[WIDTH]);
                shapes.pair("vision_model.pre_layrnorm", &[WIDTH]);
                shapes.add("visual_projection.weight", &[self.dimensions(), WIDTH]);
                shapes.add("text_projection.weight", &[self.dimensions(), 64]);
                shapes.add("logit_scale", &[]);
                64
            }
            Self::Siglip => {
                shapes.add(position, &[rows, WIDTH]);
                shapes.add("vision_model.embeddings.patch_embedding.bias", &[WIDTH]);
                shapes.add("vision_model.head.probe", &[1, 1, WIDTH]);
                shapes.add(
                    "vision_model.head.attention.in_proj_weight",
                    &[3 * WIDTH, WIDTH],
                );
                shapes.add("vision_model.head.attention.in_proj_bias", &[3 * WIDTH]);
                shapes.pair("vision_model.head.attention.out_proj", &[WIDTH, WIDTH]);
                shapes.pair("vision_model.head.layernorm", &[WIDTH]);
                shapes.pair("vision_model.head.mlp.fc1", &[4 * WIDTH, WIDTH]);
                shapes.pair("vision_model.head.mlp.fc2", &[WIDTH, 4 * WIDTH]);
                shapes.pair("text_model.head", &[WIDTH, WIDTH]);
                shapes.add("logit_scale", &[1]);
                shapes.add("logit_bias", &[1]);
                WIDTH
            }
        };
        shapes.blocks("text_model.", width, 64, 1);
        shapes.add("text_model.embeddings.token_embedding.weight", &[2, width]);
        shapes.add(
            "text_model.embeddings.position_embedding.weight",
            &[8, width],
        );
        shapes.pair("text_model.final_layer_norm", &[width]);
        shapes.0
    }

    /// Writes the model into `directory`.
    pub(crate) fn write(self, directory: &Path) -> Result<InstalledModel, Box<dyn Error>> {
        let (start, end) = match self {
            Self::Clip => ("<|startoftext|>", "<|endoftext|>"),
            Self::Siglip => ("<pad>", "</s>"),
        };
        let tokenizer = json!({"version": "1.0", "added_tokens": [], "model": {"type": "WordLevel",
            "unk_token": start, "vocab": {start: 0, end: 1}}});
        for (name, value) in [
            ("config.json", self.config()),
            ("preprocessor_config.json", self.preprocessor()),
            ("tokenizer.json", tokenizer),
        ] {
            std::fs::write(directory.join(name), value.to_string())?;
        }
        let shapes = self.tensors();
        let bytes: Vec<Vec<u8>> = shapes
            .iter()
            .zip(0..)
            .map(|((name, shape), seed)| tensor(name, shape, seed))
            .collect();
        let views = shapes
            .into_iter()
            .zip(&bytes)
            .map(|((name, shape), bytes)| Ok((name, TensorView::new(Dtype::F32, shape, bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
        safetensors::serialize_to_file(views, None, &directory.join("model.safetensors"))?;
        let entry: ModelEntry = serde_json::from_value(json!({
            "name": format!("seeded-{}", self.name()), "task": "picture", "architecture": self.name(),
            "repository": "", "revision": "", "description": "", "licence": "MIT", "languages": [],
            "dimensions": self.dimensions(), "files": [],
        }))?;
        Ok(InstalledModel {
            entry,
            directory: directory.to_owned(),
            version: "00000000".to_owned(),
        })
    }
}

/// Names and shapes of tensors.
#[derive(Default)]
struct Shapes(Vec<(String, Vec<usize>)>);

impl Shapes {
    fn add(&mut self, name: &str, shape: &[usize]) {
        self.0.push((name.to_owned(), shape.to_vec()));
    }

    /// A weight and its bias.
    fn pair(&mut self, name: &str, shape: &[usize]) {
        self.add(&format!("{name}.bias"), &shape[..1]);
        self.add(&format!("{name}.weight"), shape);
    }

    fn blocks(&mut self, prefix: &str, width: usize, inner: usize, layers: usize) {
        for layer in 0..layers {
            let block = format!("{prefix}encoder.layers.{layer}.");
            for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                self.pair(&format!("{block}self_attn.{name}"), &[width, width]);
            }
            self.pair(&format!("{block}layer_norm1"), &[width]);
            self.pair(&format!("{block}layer_norm2"), &[width]);
            self.pair(&format!("{block}mlp.fc1"), &[inner, width]);
            self.pair(&format!("{block}mlp.fc2"), &[width, inner]);
        }
    }
}

/// Small numbers, so that nothing saturates in the towers.
fn tensor(name: &str, shape: &[usize], seed: u64) -> Vec<u8> {
    let is_gain = name.contains("norm") && name.ends_with("weight");
    let centre = if is_gain { 1.0 } else { 0.0 };
    let is_attending = ["q_proj", "k_proj", "in_proj_weight"]
        .iter()
        .any(|part| name.contains(part));
    let spread = if is_attending { 0.08 } else { 0.04 };
    numbers(seed)
        .take(shape.iter().product())
        .flat_map(|value| (centre + spread * value).to_le_bytes())
        .collect()
}

/// Repeatable numbers, evenly spread over -1 to 1 (SplitMix64, Steele et al. 2014).
pub(crate) fn numbers(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
}
