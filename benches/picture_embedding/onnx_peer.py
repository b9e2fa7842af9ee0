"""The image tower of a CLIP or SigLIP in ONNX Runtime, from the weights that the benchmark wrote.

    onnx_peer.py model.safetensors --embed in.npy out.npy    # n x 3 x side x side, normalised, to n x dimensions
    onnx_peer.py model.safetensors --time                    # one line per setting: threads, batch, best milliseconds per picture

Which of the two it is, and every size, is read from the tensors.
"""
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

HEAD_WIDTH = 64


class Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], []

    def constant(self, value):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def shape(self, *sizes):
        return self.constant(np.array(sizes, np.int64))

    def weight(self, name):
        return self.constant(self.weights[name])

    def node(self, kind, *inputs, output=None, **attributes):
        output = output or f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def number(self, value):
        return self.constant(np.array(value, np.float32))

    def norm(self, rows, name, epsilon):
        return self.node("LayerNormalization", rows, self.weight(name + ".weight"), self.weight(name + ".bias"), axis=-1, epsilon=epsilon)

    def product(self, rows, matrix, bias):
        return self.node("Add", self.node("MatMul", rows, self.constant(matrix.T)), self.constant(bias))

    def linear(self, rows, name):
        return self.product(rows, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def heads(self, rows, count, order):
        return self.node("Transpose", self.node("Reshape", rows, self.shape(0, 0, count, HEAD_WIDTH)), perm=order)

    def attention(self, queries, keys, values, width):
        count = width // HEAD_WIDTH
        queries = self.heads(self.node("Mul", queries, self.number(HEAD_WIDTH**-0.5)), count, [0, 2, 1, 3])
        weights = self.node("Softmax", self.node("MatMul", queries, self.heads(keys, count, [0, 2, 3, 1])), axis=-1)
        mixed = self.node("MatMul", weights, self.heads(values, count, [0, 2, 1, 3]))
        return self.node("Reshape", self.node("Transpose", mixed, perm=[0, 2, 1, 3]), self.shape(0, 0, width))

    def quick_gelu(self, rows):
        return self.node("Mul", rows, self.node("Sigmoid", self.node("Mul", rows, self.number(1.702))))

    def tanh_gelu(self, rows):
        cube = self.node("Mul", self.node("Mul", rows, rows), rows)
        inner = self.node("Add", rows, self.node("Mul", cube, self.number(0.044715)))
        curve = self.node("Tanh", self.node("Mul", inner, self.number((2 / np.pi) ** 0.5)))
        half = self.node("Mul", rows, self.number(0.5))
        return self.node("Mul", half, self.node("Add", curve, self.number(1.0)))

    def blocks(self, rows, width, epsilon, activation):
        prefix = "vision_model.encoder.layers."
        count = 1 + max(int(name[len(prefix):].split(".")[0]) for name in self.weights if name.startswith(prefix))
        for layer in range(count):
            block = f"{prefix}{layer}."
            inner = self.norm(rows, block + "layer_norm1", epsilon)
            projected = (self.linear(inner, f"{block}self_attn.{part}_proj") for part in "qkv")
            mixed = self.attention(*projected, width)
            rows = self.node("Add", rows, self.linear(mixed, block + "self_attn.out_proj"))
            inner = activation(self.linear(self.norm(rows, block + "layer_norm2", epsilon), block + "mlp.fc1"))
            rows = self.node("Add", rows, self.linear(inner, block + "mlp.fc2"))
        return rows


def build(weights, path):
    """Writes the graph and tells the side of its pictures in pixels."""
    graph = Graph(weights)
    is_clip = "vision_model.embeddings.class_embedding" in weights
    patches = weights["vision_model.embeddings.patch_embedding.weight"]
    width, _, patch, _ = patches.shape
    positions = weights["vision_model.embeddings.position_embedding.weight"]
    tokens = len(positions) - is_clip
    side = round(tokens**0.5) * patch
    inputs = ["pixels", graph.constant(patches)]
    if not is_clip:
        inputs.append(graph.weight("vision_model.embeddings.patch_embedding.bias"))
    rows = graph.node("Conv", *inputs, kernel_shape=[patch, patch], strides=[patch, patch])
    rows = graph.node("Transpose", graph.node("Reshape", rows, graph.shape(0, width, tokens)), perm=[0, 2, 1])
    count = graph.node("Slice", graph.node("Shape", "pixels"), graph.shape(0), graph.shape(1))

    def repeated(row):
        wanted = graph.node("Concat", count, graph.shape(1, width), axis=0)
        return graph.node("Expand", graph.constant(row.reshape(1, 1, width)), wanted)

    if is_clip:
        rows = graph.node("Concat", repeated(weights["vision_model.embeddings.class_embedding"]), rows, axis=1)
    rows = graph.node("Add", rows, graph.constant(positions[None]))
    if is_clip:
        rows = graph.norm(rows, "vision_model.pre_layrnorm", 1e-5)
        rows = graph.blocks(rows, width, 1e-5, graph.quick_gelu)
        first = graph.node("Gather", rows, graph.constant(np.array(0)), axis=1)
        projection = weights["visual_projection.weight"]
        graph.node("MatMul", graph.norm(first, "vision_model.post_layernorm", 1e-5), graph.constant(projection.T), output="vectors")
        dimensions = len(projection)
    else:
        rows = graph.norm(graph.blocks(rows, width, 1e-6, graph.tanh_gelu), "vision_model.post_layernorm", 1e-6)
        head = "vision_model.head."
        matrices = np.split(weights[head + "attention.in_proj_weight"], 3)
        biases = np.split(weights[head + "attention.in_proj_bias"], 3)
        sources = [repeated(weights[head + "probe"]), rows, rows]
        projected = (graph.product(*parts) for parts in zip(sources, matrices, biases))
        pooled = graph.linear(graph.attention(*projected, width), head + "attention.out_proj")
        inner = graph.tanh_gelu(graph.linear(graph.norm(pooled, head + "layernorm", 1e-6), head + "mlp.fc1"))
        pooled = graph.node("Add", pooled, graph.linear(inner, head + "mlp.fc2"))
        graph.node("Reshape", pooled, graph.shape(-1, width), output="vectors")
        dimensions = width
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, side, side])
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", dimensions])
    made = helper.make_graph(graph.nodes, "image_tower", [pixels], [vectors], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)
    return side


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def best_millis(run, pixels, seconds=4.0):
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run(None, {"pixels": pixels})
        best = min(best, time.perf_counter() - start)
    return best * 1000 / len(pixels)


def main():
    weights, action = sys.argv[1:3]
    graph = weights + ".onnx"
    side = build(load_file(weights), graph)
    if action == "--embed":
        pixels, vectors = sys.argv[3:5]
        np.save(vectors, session(graph, 2).run(None, {"pixels": np.load(pixels)})[0])
        return
    numbers = np.random.default_rng(1)
    for threads in (1, 2):
        run = session(graph, threads).run
        for batch in (1, 8, 32):
            pixels = numbers.standard_normal((batch, 3, side, side), np.float32)
            print(threads, batch, f"{best_millis(run, pixels):.3f}", flush=True)


if __name__ == "__main__":
    main()
