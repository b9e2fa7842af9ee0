"""CLIP's two towers (Radford et al. 2021), with tensors named and laid out as in Hugging Face's `CLIPModel`.

Linear weights are kept as [out, in] in the file and as [in, out] here; `exported` turns them round.
"""
import jax
import jax.numpy as jnp
import numpy as np

EPSILON = 1e-5

CONFIG = {
    "architectures": ["CLIPModel"],
    "model_type": "clip",
    "projection_dim": 128,
    "logit_scale_init_value": 2.6592,
    "vision_config": {
        "model_type": "clip_vision_model", "hidden_size": 160, "intermediate_size": 480, "num_hidden_layers": 4,
        "num_attention_heads": 4, "image_size": 96, "patch_size": 16, "num_channels": 3, "projection_dim": 128,
        "hidden_act": "quick_gelu", "layer_norm_eps": EPSILON,
    },
    "text_config": {
        "model_type": "clip_text_model", "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 2,
        "num_attention_heads": 4, "max_position_embeddings": 40, "projection_dim": 128,
        "hidden_act": "quick_gelu", "layer_norm_eps": EPSILON,
    },
}


def initial(numbers, vocabulary):
    """Random parameters; scales follow the depth and width of each tower as in CLIP's own initialisation."""
    parameters = {}

    def normal(name, shape, scale):
        parameters[name] = numbers.normal(0, scale, shape).astype(np.float32)

    def linear(name, inside, outside, scale):
        normal(name + ".weight", (inside, outside), scale)
        parameters[name + ".bias"] = np.zeros(outside, np.float32)

    def norm(name, width):
        parameters[name + ".weight"] = np.ones(width, np.float32)
        parameters[name + ".bias"] = np.zeros(width, np.float32)

    def blocks(tower, shape):
        width, inner, layers = shape["hidden_size"], shape["intermediate_size"], shape["num_hidden_layers"]
        for layer in range(layers):
            block = f"{tower}.encoder.layers.{layer}."
            for part in ("q_proj", "k_proj", "v_proj"):
                linear(f"{block}self_attn.{part}", width, width, width**-0.5)
            linear(block + "self_attn.out_proj", width, width, (2 * layers * width) ** -0.5)
            linear(block + "mlp.fc1", width, inner, (2 * width) ** -0.5)
            linear(block + "mlp.fc2", inner, width, (2 * layers * inner) ** -0.5)
            norm(block + "layer_norm1", width)
            norm(block + "layer_norm2", width)

    vision, text, joint = CONFIG["vision_config"], CONFIG["text_config"], CONFIG["projection_dim"]
    width, patch = vision["hidden_size"], vision["patch_size"]
    rows = (vision["image_size"] // patch) ** 2
    normal("vision_model.embeddings.class_embedding", (width,), width**-0.5)
    normal("vision_model.embeddings.patch_embedding.weight", (width, 3, patch, patch), (3 * patch * patch) ** -0.5)
    normal("vision_model.embeddings.position_embedding.weight", (rows + 1, width), 0.02)
    norm("vision_model.pre_layrnorm", width)
    blocks("vision_model", vision)
    norm("vision_model.post_layernorm", width)
    normal("visual_projection.weight", (width, joint), width**-0.5)
    width = text["hidden_size"]
    normal("text_model.embeddings.token_embedding.weight", (vocabulary, width), 0.02)
    normal("text_model.embeddings.position_embedding.weight", (text["max_position_embeddings"], width), 0.01)
    blocks("text_model", text)
    norm("text_model.final_layer_norm", width)
    normal("text_projection.weight", (width, joint), width**-0.5)
    parameters["logit_scale"] = np.array(CONFIG["logit_scale_init_value"], np.float32)
    return parameters


def norm(parameters, name, rows):
    mean = rows.mean(-1, keepdims=True)
    variance = ((rows - mean) ** 2).mean(-1, keepdims=True)
    return (rows - mean) * jax.lax.rsqrt(variance + EPSILON) * parameters[name + ".weight"] + parameters[name + ".bias"]


def linear(parameters, name, rows):
    return rows @ parameters[name + ".weight"] + parameters[name + ".bias"]


def blocks(parameters, tower, shape, rows, mask):
    count, heads = rows.shape[1], shape["num_attention_heads"]
    width = shape["hidden_size"] // heads
    for layer in range(shape["num_hidden_layers"]):
        block = f"{tower}.encoder.layers.{layer}."
        inner = norm(parameters, block + "layer_norm1", rows)
        query, key, value = (
            linear(parameters, f"{block}self_attn.{part}_proj", inner).reshape(-1, count, heads, width) for part in "qkv"
        )
        weights = jnp.einsum("bqhw,bkhw->bhqk", query, key) * width**-0.5
        weights = jax.nn.softmax(weights if mask is None else weights + mask, axis=-1)
        mixed = jnp.einsum("bhqk,bkhw->bqhw", weights, value).reshape(rows.shape)
        rows = rows + linear(parameters, block + "self_attn.out_proj", mixed)
        inner = linear(parameters, block + "mlp.fc1", norm(parameters, block + "layer_norm2", rows))
        rows = rows + linear(parameters, block + "mlp.fc2", inner * jax.nn.sigmoid(1.702 * inner))
    return rows


def unit(vectors):
    return vectors * jax.lax.rsqrt((vectors**2).sum(-1, keepdims=True) + 1e-12)


def see(parameters, pixels):
    """Vectors of unit length [n, joint] for normalised pixels [n, side, side, 3]."""
    shape = CONFIG["vision_config"]
    patch, across = shape["patch_size"], shape["image_size"] // shape["patch_size"]
    cut = pixels.reshape(-1, across, patch, across, patch, 3).transpose(0, 1, 3, 5, 2, 4)
    kernel = parameters["vision_model.embeddings.patch_embedding.weight"].reshape(shape["hidden_size"], -1)
    rows = cut.reshape(-1, across * across, 3 * patch * patch) @ kernel.T
    first = jnp.broadcast_to(parameters["vision_model.embeddings.class_embedding"], (len(rows), 1, rows.shape[-1]))
    rows = jnp.concatenate([first, rows], 1) + parameters["vision_model.embeddings.position_embedding.weight"]
    rows = blocks(parameters, "vision_model", shape, norm(parameters, "vision_model.pre_layrnorm", rows), None)
    pooled = norm(parameters, "vision_model.post_layernorm", rows[:, 0])
    return unit(pooled @ parameters["visual_projection.weight"])


def read(parameters, tokens, ends):
    """Vectors of unit length [n, joint] for tokens [n, length]; `ends` tells where each text's end token is."""
    length = tokens.shape[1]
    rows = parameters["text_model.embeddings.token_embedding.weight"][tokens]
    rows = rows + parameters["text_model.embeddings.position_embedding.weight"][:length]
    mask = jnp.where(jnp.tril(jnp.ones((length, length), bool)), 0.0, -1e9)
    rows = blocks(parameters, "text_model", CONFIG["text_config"], rows, mask)
    rows = norm(parameters, "text_model.final_layer_norm", rows)
    return unit(rows[jnp.arange(len(rows)), ends] @ parameters["text_projection.weight"])


def exported(parameters):
    """The tensors as Hugging Face lays them out, in half precision."""
    tensors = {}
    for name, value in parameters.items():
        value = np.asarray(value)
        is_linear = value.ndim == 2 and "embedding" not in name
        tensors[name] = np.ascontiguousarray(value.T if is_linear else value).astype(np.float16)
    return tensors
