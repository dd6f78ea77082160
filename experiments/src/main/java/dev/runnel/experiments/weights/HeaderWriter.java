package dev.runnel.experiments.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;

/** Writes the length and the JSON header, padded with spaces to a multiple of eight bytes. */
final class HeaderWriter {
  /** The order of UTF-8 bytes, which is that of code points. */
  static final Comparator<String> UTF8 = (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));

  private HeaderWriter() {}

  static byte[] header(SafeTensors file) {
    var json = new StringBuilder("{");
    if (!file.metadata().isEmpty()) {
      json.append('"').append(SafeTensors.METADATA).append("\":{");
      file.metadata().entrySet().stream().sorted(Map.Entry.comparingByKey(UTF8)).forEach(entry -> {
        comma(json);
        text(json, entry.getKey());
        text(json.append(':'), entry.getValue());
      });
      json.append('}');
    }
    long at = 0;
    for (NamedTensor tensor : file.tensors().values()) {
      comma(json);
      text(json, tensor.name());
      json.append(":{\"dtype\":\"").append(tensor.type()).append("\",\"shape\":")
          .append(Arrays.toString(tensor.shape()).replace(" ", "")).append(",\"data_offsets\":[").append(at);
      at = Math.addExact(at, tensor.data().byteSize());
      json.append(',').append(at).append("]}");
    }
    byte[] text = json.append('}').toString().getBytes(UTF_8);
    int padded = Math.addExact(text.length, -text.length & 7);
    if (padded > SafeTensors.MAX_HEADER) {
      throw new IllegalArgumentException("safetensors: a header of at most " + SafeTensors.MAX_HEADER
          + " bytes expected, came " + padded + "; store fewer or shorter names");
    }
    byte[] header = new byte[8 + padded];
    Arrays.fill(header, (byte) ' ');
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(text);
    return header;
  }

  private static void comma(StringBuilder json) {
    if (json.charAt(json.length() - 1) != '{') {
      json.append(',');
    }
  }

  private static void text(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < 0x20) {
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
