package dev.runnel.models.lrc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Reads the reference values beside this class: arrays as {@code {"shape": [..], "data": [..]}}. */
final class Vectors {
  private Vectors() {}

  static JsonNode read(String file) {
    try (InputStream in = Objects.requireNonNull(Vectors.class.getResourceAsStream(file), file)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static double[] array(JsonNode node) {
    var data = node.isArray() ? node : node.get("data");
    double[] values = new double[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(i).asDouble();
    }
    return values;
  }

  static int[] shape(JsonNode node) {
    var shape = node.get("shape");
    int[] dims = new int[shape.size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = shape.get(i).asInt();
    }
    return dims;
  }

  /** Every array of an object, by name. */
  static Map<String, double[]> arrays(JsonNode object) {
    var all = new LinkedHashMap<String, double[]>();
    for (var entry : object.properties()) {
      all.put(entry.getKey(), array(entry.getValue()));
    }
    return all;
  }
}
