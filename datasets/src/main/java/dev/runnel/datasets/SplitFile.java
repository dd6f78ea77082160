package dev.runnel.datasets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads files of row indices; whatever doesn't fit is refused in one line. */
final class SplitFile {
  private static final long MAX_BYTES = 64L << 20;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private SplitFile() {}

  static Split read(Path file, Dataset data, long seed) {
    try {
      JsonNode root = parse(file);
      JsonNode rows = root.get("n_rows");
      if (rows != null && (!rows.isInt() || rows.intValue() != data.size())) {
        throw new IllegalArgumentException(
            "n_rows " + data.size() + " expected, the rows of " + data.name() + ", came " + rows);
      }
      JsonNode seeds = object(root.get("seeds"), "seeds");
      JsonNode split = seeds.get(Long.toString(seed));
      if (split == null) {
        throw new IllegalArgumentException(
            "one of the seeds " + List.copyOf(seeds.propertyNames()) + " expected, came " + seed);
      }
      object(split, "seeds." + seed);
      JsonNode train = split.has("train") ? split.get("train") : split.get("train_available");
      return new Split(indices(train, seed + ".train"), indices(split.get("val"), seed + ".val"),
          indices(split.get("test"), seed + ".test")).checkedAgainst(data);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static JsonNode parse(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException("at most " + (MAX_BYTES >> 20) + " MiB expected");
      }
      return object(JSON.readTree(Files.readAllBytes(file)), "the file");
    } catch (IOException e) {
      throw new IllegalArgumentException(
          Files.exists(file) ? "cannot be read: " + e.getMessage() : "no such file", e);
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      throw new IllegalArgumentException("JSON expected, came " + e.getOriginalMessage().lines().findFirst().orElse("?")
          + (at == null ? "" : " at line " + at.getLineNr()), e);
    }
  }

  private static JsonNode object(@Nullable JsonNode node, String where) {
    if (node == null || !node.isObject()) {
      throw new IllegalArgumentException(where + ": a JSON object expected");
    }
    return node;
  }

  private static int[] indices(@Nullable JsonNode node, String where) {
    if (node == null || !node.isArray()) {
      throw new IllegalArgumentException("seeds." + where + ": an array of rows expected");
    }
    int[] rows = new int[node.size()];
    for (int i = 0; i < rows.length; i++) {
      JsonNode item = node.get(i);
      if (item == null || !item.isInt()) {
        throw new IllegalArgumentException("seeds." + where + ": whole numbers expected, came " + item);
      }
      rows[i] = item.intValue();
    }
    return rows;
  }
}
