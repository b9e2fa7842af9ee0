//! The towers against candle's, and what may be wrong with a model's files.

mod parity;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{clip, siglip};
use safetensors::Dtype;
use serde_json::json;

use super::config::DualEncoderConfig;
use super::device_tower::DeviceTower;
use super::fast::{ImageTower, Instructions, TextTower};
use super::load_picture_embedder;
use super::tiny_models::{Seeded, TinyModel};
use super::tokens::TextTokenizer;
use super::weights::WeightFile;
use crate::domain::Picture;
use crate::inference::InferenceError;

fn picture(width: u32, height: u32, seed: u64) -> Picture {
    let mut seeded = Seeded::new(seed);
    let rgb = (0..width * height * 3)
        .map(|_| (seeded.next() * 256.0) as u8)
        .collect();
    Picture { width, height, rgb }
}

fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance,
            "value {index}: {found} instead of {expected}"
        );
    }
}

/// Image vectors and text vectors of candle's own model for the same pixels and tokens.
fn by_candle(
    directory: &std::path::Path,
    pixels: &[f32],
    side: usize,
    ids: &[Vec<u32>],
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let bytes = std::fs::read(directory.join("model.safetensors")).unwrap();
    let device = Device::Cpu;
    let builder = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &device).unwrap();
    let pixels = Tensor::from_slice(
        pixels,
        (pixels.len() / (3 * side * side), 3, side, side),
        &device,
    );
    let pixels = pixels.unwrap();
    let flat = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let tokens = |ids: &Vec<u32>| Tensor::from_slice(ids, (1, ids.len()), &device).unwrap();
    let text = std::fs::read_to_string(directory.join("config.json")).unwrap();
    if text.contains("\"siglip\"") {
        let config: siglip::Config = serde_json::from_str(&text).unwrap();
        let model = siglip::Model::new(&config, builder).unwrap();
        let texts = ids
            .iter()
            .map(|ids| flat(model.get_text_features(&tokens(ids)).unwrap()));
        return (
            flat(model.get_image_features(&pixels).unwrap()),
            texts.collect(),
        );
    }
    let config = clip::ClipConfig {
        text_config: clip::text_model::ClipTextConfig {
            vocab_size: 48,
            embed_dim: 36,
            activation: clip::text_model::Activation::QuickGelu,
            intermediate_size: 50,
            max_position_embeddings: 20,
            pad_with: None,
            num_hidden_layers: 2,
            num_attention_heads: 3,
            projection_dim: 40,
        },
        vision_config: clip::vision_model::ClipVisionConfig {
            embed_dim: 48,
            activation: clip::text_model::Activation::QuickGelu,
            intermediate_size: 72,
            num_hidden_layers: 2,
            num_attention_heads: 4,
            projection_dim: 40,
            num_channels: 3,
            image_size: 28,
            patch_size: 7,
        },
        logit_scale_init_value: 1.0,
        image_size: 28,
    };
    let model = clip::ClipModel::new(builder, &config).unwrap();
    let texts = ids
        .iter()
        .map(|ids| flat(model.get_text_features(&tokens(ids)).unwrap()));
    (
        flat(model.get_image_features(&pixels).unwrap()),
        texts.collect(),
    )
}

fn assert_towers_agree_with_candle(model: &TinyModel) {
    let directory = tempfile::tempdir().unwrap();
    model.install(directory.path());
    let config = DualEncoderConfig::read(&directory.path().join("config.json")).unwrap();
    let tokenizer = TextTokenizer::read(directory.path(), &config).unwrap();
    let side = config.image.image_size;
    let pixels = Seeded::new(7).values(5 * 3 * side * side, 0.0, 1.5);
    let tokens: Vec<_> = [
        "a goal",
        "the crowd cheers, loudly and for a long time",
        "x",
    ]
    .iter()
    .map(|text| tokenizer.tokens(text).unwrap())
    .collect();
    let ids: Vec<_> = tokens.iter().map(|tokens| tokens.ids.clone()).collect();
    let (expected_image, expected_texts) = by_candle(directory.path(), &pixels, side, &ids);
    let bytes = std::fs::read(directory.path().join("model.safetensors")).unwrap();
    let device = DeviceTower::load(&config.image, bytes, &Device::Cpu)
        .unwrap()
        .unwrap();
    assert_close(&device.embed(&pixels).unwrap(), &expected_image, 1e-6);
    let file = WeightFile::read(&directory.path().join("model.safetensors")).unwrap();
    let tensors = file.tensors().unwrap();
    for instructions in Instructions::available() {
        let weights = &mut |name: &str, shape: &[usize]| tensors.values(name, shape);
        let image = ImageTower::load(config.image.clone(), instructions, weights).unwrap();
        let text = TextTower::load(&config.text, instructions, weights).unwrap();
        for threads in [1, 2, 3] {
            assert_close(&image.embed(&pixels, threads), &expected_image, 1e-4);
            assert_close(
                &text.embed(&tokens, threads),
                &expected_texts.concat(),
                1e-4,
            );
        }
    }
}

#[test]
fn clip_towers_give_what_candle_gives_on_all_instruction_sets() {
    assert_towers_agree_with_candle(&TinyModel::clip());
}

#[test]
fn siglip_towers_give_what_candle_gives_on_all_instruction_sets() {
    assert_towers_agree_with_candle(&TinyModel::siglip());
}

#[test]
fn batches_and_threads_do_not_change_a_vector() {
    for model in [TinyModel::clip(), TinyModel::siglip()] {
        let directory = tempfile::tempdir().unwrap();
        let installed = model.install(directory.path());
        let pictures: Vec<_> = [
            (64, 48),
            (48, 64),
            (28, 28),
            (900, 30),
            (1, 1),
            (3, 500),
            (31, 29),
        ]
        .iter()
        .zip(0..)
        .map(|((width, height), seed)| picture(*width, *height, seed))
        .collect();
        let one = load_picture_embedder(&installed, 1).unwrap();
        let all = one.embed_pictures(&pictures).unwrap();
        for (picture, vector) in pictures.iter().zip(&all) {
            let single = one.embed_pictures(std::slice::from_ref(picture)).unwrap();
            assert_close(&single[0], vector, 1e-6);
            let length: f32 = vector.iter().map(|value| value * value).sum();
            assert!((length - 1.0).abs() < 1e-5);
        }
        let two = load_picture_embedder(&installed, 2).unwrap();
        let texts = ["a", "a longer text than the first", "", "THE END"];
        for (found, expected) in two.embed_pictures(&pictures).unwrap().iter().zip(&all) {
            assert_close(found, expected, 1e-6);
        }
        let expected = one.embed_texts(&texts).unwrap();
        for (found, expected) in two.embed_texts(&texts).unwrap().iter().zip(&expected) {
            assert_close(found, expected, 1e-6);
        }
        assert_eq!(one.space().name(), "picture-tiny-0123abcd-40");
        assert!(one.embed_pictures(&[]).unwrap().is_empty());
    }
}

#[test]
fn a_picture_without_its_pixels_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let embedder = load_picture_embedder(&TinyModel::clip().install(directory.path()), 1).unwrap();
    for (width, height) in [(0, 0), (0, 5), (10, 10)] {
        let rgb = Vec::new();
        let pictures = [Picture { width, height, rgb }];
        assert!(matches!(
            embedder.embed_pictures(&pictures),
            Err(InferenceError::Run { .. })
        ));
    }
}

#[test]
fn half_precision_weights_are_widened() {
    for dtype in [Dtype::F16, Dtype::BF16] {
        let directory = tempfile::tempdir().unwrap();
        let pictures = [picture(40, 30, 1)];
        let mut model = TinyModel::siglip();
        let full = load_picture_embedder(&model.install(directory.path()), 1).unwrap();
        let full = full.embed_pictures(&pictures).unwrap();
        model.dtype = dtype;
        let half = load_picture_embedder(&model.install(directory.path()), 1).unwrap();
        let half = half.embed_pictures(&pictures).unwrap();
        let cosine: f32 = full[0].iter().zip(&half[0]).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.99 && full != half, "cosine {cosine}");
    }
}

#[test]
fn a_missing_or_misshapen_tensor_is_named() {
    for model in [TinyModel::clip(), TinyModel::siglip()] {
        for index in 0..model.tensors.len() {
            let directory = tempfile::tempdir().unwrap();
            let mut damaged = TinyModel {
                config: model.config.clone(),
                preprocessor: model.preprocessor.clone(),
                tensors: model.tensors.clone(),
                dtype: Dtype::F32,
            };
            let name = damaged.tensors[index].0.clone();
            match index % 2 {
                0 => drop(damaged.tensors.remove(index)),
                _ => {
                    damaged.tensors[index].1.push(2);
                    damaged.tensors[index]
                        .2
                        .extend(model.tensors[index].2.clone());
                }
            }
            let error = load_picture_embedder(&damaged.install(directory.path()), 1).err();
            let text = error.unwrap().to_string();
            assert!(
                text.contains(&name) && text.contains("model.safetensors"),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn damaged_files_are_told_apart_from_missing_ones() {
    for name in [
        "config.json",
        "preprocessor_config.json",
        "tokenizer.json",
        "model.safetensors",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let installed = TinyModel::clip().install(directory.path());
        let path = directory.path().join(name);
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 7, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let error = load_picture_embedder(&installed, 1).err().unwrap();
            assert!(
                matches!(&error, InferenceError::FileDamaged { path: p, .. } if *p == path),
                "{error:?}"
            );
        }
        std::fs::remove_file(&path).unwrap();
        let error = load_picture_embedder(&installed, 1).err().unwrap();
        assert!(
            matches!(&error, InferenceError::FileMissing { path: p } if *p == path),
            "{error:?}"
        );
    }
}

#[test]
fn models_that_the_towers_cannot_run_are_refused() {
    for (pointer, value) in [
        ("/model_type", json!("blip")),
        ("/model_type", json!("siglip2")),
        ("/vision_config/hidden_act", json!("relu")),
        ("/vision_config/num_attention_heads", json!(5)),
        ("/vision_config/num_attention_heads", json!(0)),
        ("/vision_config/patch_size", json!(0)),
        ("/vision_config/image_size", json!(1_000_000_000)),
        ("/text_config/vocab_size", json!(10)),
        ("/projection_dim", json!(32)),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let mut model = TinyModel::clip();
        let installed = model.install(directory.path());
        *model.config.pointer_mut(pointer).unwrap() = value.clone();
        std::fs::write(
            directory.path().join("config.json"),
            model.config.to_string(),
        )
        .unwrap();
        let error = load_picture_embedder(&installed, 1).err().unwrap();
        assert!(
            matches!(&error, InferenceError::UnsupportedConfiguration { .. }),
            "{pointer} = {value}: {error:?}"
        );
    }
}
