package dev.runnel.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Reads the reference values in this package: arrays as {@code {"shape": [..], "data": [..]}}. */
public final class Vectors {
  private Vectors() {}

  public static JsonNode read(String file) {
    try (InputStream in = Objects.requireNonNull(Vectors.class.getResourceAsStream(file), file)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static double[] array(JsonNode node) {
    var data = node.isArray() ? node : node.get("data");
    double[] values = new double[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(i).asDouble();
    }
    return values;
  }

  public static int[] shape(JsonNode node) {
    var shape = node.get("shape");
    int[] dims = new int[shape.size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = shape.get(i).asInt();
    }
    return dims;
  }

  /** Every array of an object, by name. */
  public static Map<String, double[]> arrays(JsonNode object) {
    var all = new LinkedHashMap<String, double[]>();
    for (var entry : object.properties()) {
      all.put(entry.getKey(), array(entry.getValue()));
    }
    return all;
  }
}
