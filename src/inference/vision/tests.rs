//! The towers against candle's, and what may be wrong with a model's files.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{clip, siglip};
use safetensors::Dtype;
use serde_json::json;

use super::config::DualEncoderConfig;
use super::fast::{ImageTower, Instructions, TextTower};
use super::load_picture_embedder;
use super::preprocess::Preprocessor;
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

#[test]
fn clip_texts_end_with_the_end_token_however_long() {
    let directory = tempfile::tempdir().unwrap();
    TinyModel::clip().install(directory.path());
    let config = DualEncoderConfig::read(&directory.path().join("config.json")).unwrap();
    let tokenizer = TextTokenizer::read(directory.path(), &config).unwrap();
    for text in ["", "short", &"long ".repeat(2000)] {
        let tokens = tokenizer.tokens(text).unwrap();
        assert!(tokens.ids.len() <= 20);
        assert_eq!((tokens.ids[0], *tokens.ids.last().unwrap()), (42, 44));
        assert_eq!(tokens.pooled, tokens.ids.len() - 1);
    }
}

#[test]
fn siglip_texts_are_lower_case_and_filled_up() {
    let directory = tempfile::tempdir().unwrap();
    TinyModel::siglip().install(directory.path());
    let config = DualEncoderConfig::read(&directory.path().join("config.json")).unwrap();
    let tokenizer = TextTokenizer::read(directory.path(), &config).unwrap();
    let tokens = tokenizer.tokens("Goal").unwrap();
    assert_eq!(tokens, tokenizer.tokens("goal").unwrap());
    assert_eq!((tokens.ids.len(), tokens.pooled), (16, 15));
    assert!(tokens.ids[4..].iter().all(|id| *id == 43));
}

#[test]
fn clip_tokens_come_from_vocabulary_and_merges_where_there_is_no_tokenizer_file() {
    let directory = tempfile::tempdir().unwrap();
    TinyModel::clip().install(directory.path());
    std::fs::remove_file(directory.path().join("tokenizer.json")).unwrap();
    let vocabulary = json!({"a": 0, "t": 1, "c": 2, "at</w>": 3, "t</w>": 4, "c</w>": 5, "a</w>": 6,
        "cat</w>": 7, "!</w>": 8, "<|startoftext|>": 9, "<|endoftext|>": 10});
    std::fs::write(directory.path().join("vocab.json"), vocabulary.to_string()).unwrap();
    let config = DualEncoderConfig::read(&directory.path().join("config.json")).unwrap();
    let error = TextTokenizer::read(directory.path(), &config)
        .err()
        .unwrap();
    assert!(matches!(&error, InferenceError::FileMissing { path } if path.ends_with("merges.txt")));
    let merges = "#version: 0.2\na t</w>\nc at</w>\n";
    std::fs::write(directory.path().join("merges.txt"), merges).unwrap();
    let tokenizer = TextTokenizer::read(directory.path(), &config).unwrap();
    assert_eq!(tokenizer.tokens("A  Cat!").unwrap().ids, [9, 6, 7, 8, 10]);
}

#[test]
fn a_centre_crop_keeps_the_middle_and_a_small_picture_gets_a_black_border() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("preprocessor_config.json");
    let settings = json!({"do_resize": false, "do_normalize": false, "crop_size": 4,
        "do_center_crop": true, "rescale_factor": 1.0, "size": 4});
    std::fs::write(&path, settings.to_string()).unwrap();
    let preprocessor = Preprocessor::read(&path, super::config::Family::Clip, 4).unwrap();
    let numbered = |width: u32, height: u32| Picture {
        width,
        height,
        rgb: (0..width * height)
            .flat_map(|pixel| [pixel as u8 + 1; 3])
            .collect(),
    };
    let wide = preprocessor.pixels(&numbered(7, 4)).unwrap();
    assert_eq!(wide[..4], [2.0, 3.0, 4.0, 5.0]);
    let small = preprocessor.pixels(&numbered(1, 1)).unwrap();
    let expected: Vec<f32> = (0..16)
        .map(|pixel| f32::from(u8::from(pixel == 10)))
        .collect();
    assert_eq!(small[..16], expected);
}

#[test]
fn pictures_are_scaled_as_pillow_scales_them() {
    let picture = Picture {
        width: 7,
        height: 5,
        rgb: (0..7 * 5 * 3u32)
            .map(|value| (value * value * 7 % 251) as u8)
            .collect(),
    };
    // The red bytes that Pillow 13.0's `Image.resize((3, 3), resample)` makes of this picture.
    for (resample, expected) in [
        (1, [31, 35, 40, 92, 117, 144, 149, 125, 117]),
        (2, [37, 44, 51, 91, 110, 128, 140, 121, 118]),
        (3, [33, 39, 46, 92, 113, 136, 144, 125, 117]),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("preprocessor_config.json");
        let settings = json!({"do_normalize": false, "do_center_crop": false, "rescale_factor": 1.0,
            "resample": resample, "size": {"height": 3, "width": 3}});
        std::fs::write(&path, settings.to_string()).unwrap();
        let preprocessor = Preprocessor::read(&path, super::config::Family::Siglip, 3).unwrap();
        let red = &preprocessor.pixels(&picture).unwrap()[..9];
        assert_close(red, &expected.map(|byte| byte as f32), 1.0);
    }
}
