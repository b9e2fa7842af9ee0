//! Small models with seeded random weights, written as files, for tests.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize_to_file};
use serde_json::{Value, json};

use crate::inference::catalogue::InstalledModel;

/// A repeatable run of numbers that look random (xorshift64*, Vigna 2016).
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1) ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The next number, 0 to 1.
    pub(crate) fn next(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / (1u64 << 24) as f32
    }

    /// `count` numbers around `centre`, at most `spread` away.
    pub(crate) fn values(&mut self, count: usize, centre: f32, spread: f32) -> Vec<f32> {
        (0..count)
            .map(|_| centre + spread * (2.0 * self.next() - 1.0))
            .collect()
    }
}

/// A model that is written to a directory.
pub(crate) struct TinyModel {
    pub(crate) config: Value,
    pub(crate) preprocessor: Value,
    pub(crate) tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
    pub(crate) dtype: Dtype,
}

const CHARACTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789 ,.'-";

impl TinyModel {
    /// CLIP: two blocks, width 48 with odd head sizes, pictures of 28 pixels in patches of 7.
    pub(crate) fn clip() -> Self {
        let config = json!({
            "model_type": "clip", "projection_dim": 40,
            "vision_config": {"hidden_size": 48, "intermediate_size": 72, "num_hidden_layers": 2,
                "num_attention_heads": 4, "image_size": 28, "patch_size": 7, "hidden_act": "quick_gelu"},
            "text_config": {"hidden_size": 36, "intermediate_size": 50, "num_hidden_layers": 2,
                "num_attention_heads": 3, "vocab_size": 48, "max_position_embeddings": 20,
                "hidden_act": "quick_gelu", "eos_token_id": 2},
        });
        let preprocessor = json!({
            "size": {"shortest_edge": 28}, "crop_size": {"height": 28, "width": 28}, "resample": 3,
            "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28],
        });
        let mut model = Self::new(config, preprocessor);
        model.add_encoder("vision_model.", 48, 72, 2);
        model.add_encoder("text_model.", 36, 50, 2);
        model.add("vision_model.embeddings.class_embedding", &[48]);
        model.add(
            "vision_model.embeddings.patch_embedding.weight",
            &[48, 3, 7, 7],
        );
        model.add(
            "vision_model.embeddings.position_embedding.weight",
            &[17, 48],
        );
        model.add_norm("vision_model.pre_layrnorm", 48);
        model.add_norm("vision_model.post_layernorm", 48);
        model.add("text_model.embeddings.token_embedding.weight", &[48, 36]);
        model.add("text_model.embeddings.position_embedding.weight", &[20, 36]);
        model.add_norm("text_model.final_layer_norm", 36);
        model.add("visual_projection.weight", &[40, 48]);
        model.add("text_projection.weight", &[40, 36]);
        model
            .tensors
            .push(("logit_scale".into(), vec![], vec![100f32.ln()]));
        model
    }

    /// SigLIP: two blocks, width 40, pictures of 32 pixels in patches of 8.
    pub(crate) fn siglip() -> Self {
        let config = json!({
            "model_type": "siglip",
            "vision_config": {"hidden_size": 40, "intermediate_size": 70, "num_hidden_layers": 2,
                "num_attention_heads": 4, "image_size": 32, "patch_size": 8},
            "text_config": {"hidden_size": 40, "intermediate_size": 60, "num_hidden_layers": 2,
                "num_attention_heads": 4, "vocab_size": 48, "max_position_embeddings": 16},
        });
        let preprocessor = json!({
            "size": {"height": 32, "width": 32}, "resample": 2,
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        });
        let mut model = Self::new(config, preprocessor);
        model.add_encoder("vision_model.", 40, 70, 2);
        model.add_encoder("text_model.", 40, 60, 2);
        model.add(
            "vision_model.embeddings.patch_embedding.weight",
            &[40, 3, 8, 8],
        );
        model.add("vision_model.embeddings.patch_embedding.bias", &[40]);
        model.add(
            "vision_model.embeddings.position_embedding.weight",
            &[16, 40],
        );
        model.add_norm("vision_model.post_layernorm", 40);
        model.add("vision_model.head.probe", &[1, 1, 40]);
        model.add("vision_model.head.attention.in_proj_weight", &[120, 40]);
        model.add("vision_model.head.attention.in_proj_bias", &[120]);
        model.add_linear("vision_model.head.attention.out_proj", 40, 40);
        model.add_norm("vision_model.head.layernorm", 40);
        model.add_linear("vision_model.head.mlp.fc1", 40, 70);
        model.add_linear("vision_model.head.mlp.fc2", 70, 40);
        model.add("text_model.embeddings.token_embedding.weight", &[48, 40]);
        model.add("text_model.embeddings.position_embedding.weight", &[16, 40]);
        model.add_norm("text_model.final_layer_norm", 40);
        model.add_linear("text_model.head", 40, 40);
        model
            .tensors
            .push(("logit_scale".into(), vec![1], vec![50f32.ln()]));
        model
            .tensors
            .push(("logit_bias".into(), vec![1], vec![-10.0]));
        model
    }

    fn new(config: Value, preprocessor: Value) -> Self {
        Self {
            config,
            preprocessor,
            tensors: Vec::new(),
            dtype: Dtype::F32,
        }
    }

    fn add(&mut self, name: &str, shape: &[usize]) {
        self.add_around(name, shape, 0.0);
    }

    fn add_around(&mut self, name: &str, shape: &[usize], centre: f32) {
        let values =
            Seeded::new(self.tensors.len() as u64).values(shape.iter().product(), centre, 0.3);
        self.tensors.push((name.to_owned(), shape.to_vec(), values));
    }

    fn add_linear(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.add(&format!("{name}.weight"), &[outputs, inputs]);
        self.add(&format!("{name}.bias"), &[outputs]);
    }

    fn add_norm(&mut self, name: &str, width: usize) {
        self.add_around(&format!("{name}.weight"), &[width], 1.0);
        self.add(&format!("{name}.bias"), &[width]);
    }

    fn add_encoder(&mut self, prefix: &str, width: usize, inner: usize, layers: usize) {
        for layer in 0..layers {
            let layer = format!("{prefix}encoder.layers.{layer}.");
            for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                self.add_linear(&format!("{layer}self_attn.{name}"), width, width);
            }
            self.add_norm(&format!("{layer}layer_norm1"), width);
            self.add_norm(&format!("{layer}layer_norm2"), width);
            self.add_linear(&format!("{layer}mlp.fc1"), width, inner);
            self.add_linear(&format!("{layer}mlp.fc2"), inner, width);
        }
    }

    /// Writes all files to `directory`.
    pub(crate) fn install(&self, directory: &Path) -> InstalledModel {
        let write = |name: &str, value: &Value| {
            std::fs::write(directory.join(name), value.to_string()).unwrap();
        };
        write("config.json", &self.config);
        write("preprocessor_config.json", &self.preprocessor);
        write("tokenizer.json", &character_tokenizer());
        self.write_weights(&directory.join("model.safetensors"));
        InstalledModel {
            entry: serde_json::from_value(json!({
                "name": "tiny", "task": "picture", "architecture": self.config["model_type"],
                "repository": "", "revision": "", "description": "", "licence": "MIT",
                "languages": [], "dimensions": 40, "files": [],
            }))
            .unwrap(),
            directory: directory.to_owned(),
            version: "0123abcd".to_owned(),
        }
    }

    fn write_weights(&self, path: &Path) {
        let bytes: Vec<Vec<u8>> = self
            .tensors
            .iter()
            .map(|(_, _, values)| {
                let values = values.iter();
                match self.dtype {
                    Dtype::F16 => values
                        .flat_map(|v| half::f16::from_f32(*v).to_le_bytes())
                        .collect(),
                    Dtype::BF16 => values
                        .flat_map(|v| half::bf16::from_f32(*v).to_le_bytes())
                        .collect(),
                    _ => values.flat_map(|v| v.to_le_bytes()).collect(),
                }
            })
            .collect();
        let views = self
            .tensors
            .iter()
            .zip(&bytes)
            .map(|((name, shape, _), bytes)| {
                let view = TensorView::new(self.dtype, shape.clone(), bytes).unwrap();
                (name.clone(), view)
            });
        serialize_to_file(views, None, path).unwrap();
    }
}

/// A tokenizer with one token for each character, and the special tokens of CLIP and SigLIP.
fn character_tokenizer() -> Value {
    let mut vocabulary = serde_json::Map::new();
    let specials = ["<|startoftext|>", "</s>", "<|endoftext|>"];
    let characters = CHARACTERS.chars().map(String::from);
    for token in ["<unk>".to_owned()]
        .into_iter()
        .chain(characters)
        .chain(specials.map(String::from))
    {
        vocabulary.insert(token, vocabulary.len().into());
    }
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": null, "post_processor": null, "decoder": null,
        "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            "vocab": vocabulary, "merges": []},
    })
}
