"""LrcSSM in plain NumPy, from a run's weights.safetensors: lrcssm.py WEIGHTS ROWS.json prints logits as JSON.

ROWS.json is a list of rows, a row a list of channels, a channel a list of numbers; rows may differ in length.
"""
import json
import sys

import numpy as np


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = {"F32": "<f4", "F64": "<f8"}[entry["dtype"]]
        flat = np.frombuffer(content[8 + size + begin : 8 + size + end], kind)
        arrays[name] = flat.astype(np.float64).reshape(entry["shape"])
    return arrays


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def norm(x):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)


def mlp(w, path, x):
    h = np.maximum(x @ w[path + ".0.weight"].T + w[path + ".0.bias"], 0)
    return h @ w[path + ".1.weight"].T + w[path + ".1.bias"]


def scan(w, path, u):
    p = {name[len(path) + 1 :]: a for name, a in w.items() if name.startswith(path + ".")}
    phi = sigmoid(p["input_slope"] * (u - p["input_shift"]))
    x = np.zeros(len(p["leak"]))
    states = []
    for t in range(len(u)):
        psi = sigmoid(p["slope"] * (x - p["shift"]))
        f = p["leak"] + p["W"] @ phi[t] + p["w"] * psi
        z = p["leak"] + p["Q"] @ phi[t] + p["q"] * psi
        elastance = sigmoid(p["kernel"] * x + p["bias"])
        x = x + elastance * (p["e"] * np.tanh(z) - sigmoid(f) * x)
        states.append(x)
    return np.array(states)


def logits(w, row):
    x = np.array(row).T
    if "input.mean" in w:
        x = (x - w["input.mean"]) / w["input.deviation"]
    x = mlp(w, "encoder", x)
    block = 0
    while f"blocks.{block}.cell.W" in w:
        path = f"blocks.{block}"
        u = norm(x)
        s = scan(w, path + ".cell", u)
        if s.shape[1] != u.shape[1]:
            x = norm(mlp(w, path + ".mlp", s) + u)
        else:
            y = norm(s + u)
            x = mlp(w, path + ".mlp", y) + y
        block += 1
    return mlp(w, "head", x).mean(0)


if __name__ == "__main__":
    weights = read(sys.argv[1])
    with open(sys.argv[2]) as rows_file:
        rows = json.load(rows_file)
    print(json.dumps([logits(weights, row).tolist() for row in rows]))
