//! XLM-RoBERTa with arbitrary weights, against the same network in candle-transformers.

use super::*;

/// A tiny XLM-RoBERTa with arbitrary weights: enough to run, not to mean anything.
fn tiny_xlm_roberta(directory: &Path) -> InstalledModel {
    let config = r#"{"model_type":"xlm-roberta","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,
        "intermediate_size":16,"vocab_size":9,"max_position_embeddings":14,"type_vocab_size":1,"pad_token_id":1,
        "hidden_act":"gelu","layer_norm_eps":1e-5,"attention_probs_dropout_prob":0.1,"hidden_dropout_prob":0.1,
        "position_embedding_type":"absolute"}"#;
    let tokenizer = r#"{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Whitespace"},
        "post_processor":{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0],"trim_offsets":true,"add_prefix_space":false},
        "decoder":null,"model":{"type":"WordLevel","unk_token":"<unk>",
        "vocab":{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"query":4,"passage":5,"bow":6,"arrow":7,"town":8}}}"#;
    let pooling = r#"{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}"#;
    let source = directory.join("tiny");
    std::fs::create_dir_all(source.join("1_Pooling")).unwrap();
    for (file, text) in [
        ("config.json", config),
        ("tokenizer.json", tokenizer),
        ("1_Pooling/config.json", pooling),
    ] {
        std::fs::write(source.join(file), text).unwrap();
    }
    let settings = settings::EncoderSettings::read(&source).unwrap();
    assert_eq!(
        (settings.max_tokens, settings.pooling),
        (12, settings::Pooling::First)
    );
    let mut seed = 7_u32;
    let mut number = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed as f32 / u32::MAX as f32 - 0.5
    };
    let device = candle_core::Device::Cpu;
    let tensors: std::collections::HashMap<String, candle_core::Tensor> =
        encoder::expected_tensors(&settings)
            .into_iter()
            .map(|(name, shape)| {
                let values: Vec<f32> = (0..shape.iter().product()).map(|_| number()).collect();
                (
                    format!("roberta.{name}"),
                    candle_core::Tensor::from_vec(values, shape, &device).unwrap(),
                )
            })
            .collect();
    candle_core::safetensors::save(&tensors, source.join("model.safetensors")).unwrap();
    let store = ModelStore::open(&directory.join("models")).unwrap();
    store.import(&source, Some("tiny")).unwrap()
}

#[test]
fn an_xlm_roberta_runs_alike_alone_padded_and_up_to_its_last_position() {
    let directory = tempfile::tempdir().unwrap();
    let mut model = tiny_xlm_roberta(directory.path());
    assert_eq!(
        (model.entry.architecture.as_str(), model.entry.dimensions),
        ("xlm_roberta", Some(8))
    );
    let encoder = load_passage_embedder(&model, 2).unwrap();
    let full = "bow arrow town bow arrow town bow arrow town bow";
    let texts = [full, "bow", "arrow town", "town"];
    for (text, vector) in texts.iter().zip(encoder.embed_passages(&texts).unwrap()) {
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5);
        assert_close(&vector, &encoder.embed_query(text).unwrap(), 1e-5);
    }
    // The same numbers as candle-transformers gives for `<s> arrow town </s>`.
    let bytes = std::fs::read(model.directory.join("model.safetensors")).unwrap();
    let (kind, device) = (candle_core::DType::F32, candle_core::Device::Cpu);
    let tensors = candle_nn::VarBuilder::from_buffered_safetensors(bytes, kind, &device)
        .unwrap()
        .pp("roberta");
    let config =
        serde_json::from_slice(&std::fs::read(model.directory.join("config.json")).unwrap())
            .unwrap();
    let peer =
        candle_transformers::models::xlm_roberta::XLMRobertaModel::new(&config, tensors).unwrap();
    let tokens = candle_core::Tensor::new(&[[0_u32, 7, 8, 2]], &device).unwrap();
    let (mask, types) = (tokens.ones_like().unwrap(), tokens.zeros_like().unwrap());
    let states = peer
        .forward(&tokens, &mask, &types, None, None, None)
        .unwrap()
        .to_vec3::<f32>()
        .unwrap();
    let length = cosine(&states[0][0], &states[0][0]).sqrt();
    let expected: Vec<f32> = states[0][0].iter().map(|value| value / length).collect();
    assert_close(&encoder.embed_query("arrow town").unwrap(), &expected, 1e-5);

    model.entry.query_prefix = "query: ".to_owned();
    model.entry.passage_prefix = "passage: ".to_owned();
    let prefixed = load_passage_embedder(&model, 1).unwrap();
    assert_close(
        &prefixed.embed_query("bow").unwrap(),
        &encoder.embed_query("query: bow").unwrap(),
        1e-6,
    );
    assert_close(
        &prefixed.embed_passages(&["bow"]).unwrap()[0],
        &encoder.embed_query("passage: bow").unwrap(),
        1e-6,
    );
    assert!(
        prefixed
            .embed_query("")
            .unwrap()
            .iter()
            .all(|value| *value == 0.0)
    );
}
