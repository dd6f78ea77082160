package dev.runnel.experiments.weights;

import static tools.jackson.core.JsonToken.END_ARRAY;
import static tools.jackson.core.JsonToken.PROPERTY_NAME;
import static tools.jackson.core.JsonToken.START_ARRAY;
import static tools.jackson.core.JsonToken.START_OBJECT;
import static tools.jackson.core.JsonToken.VALUE_NUMBER_INT;
import static tools.jackson.core.JsonToken.VALUE_STRING;

import dev.runnel.experiments.store.OneLine;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** Reads the JSON header token by token and cuts the data by it. */
final class HeaderReader {
  private static final JsonFactory JSON = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8)
          .maxStringLength(SafeTensors.MAX_HEADER).maxNameLength(SafeTensors.MAX_HEADER).build())
      .build();

  private record Entry(String name, ElementType type, int[] shape, long from, long to) {}

  private final JsonParser json;
  private final Map<String, String> metadata = new HashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private boolean metadataSeen;

  private HeaderReader(JsonParser json) {
    this.json = json;
  }

  static SafeTensors read(byte[] header, MemorySegment data) {
    if (header[0] != '{') {
      throw new IllegalArgumentException("a header beginning with '{' expected, came "
          + OneLine.quote(String.valueOf((char) (header[0] & 0xff))) + "; is it a safetensors file?");
    }
    checkUtf8(header);
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), header)) {
      var reader = new HeaderReader(json);
      reader.header();
      for (int i = (int) json.currentLocation().getByteOffset(); i < header.length; i++) {
        if (header[i] != ' ') {
          throw new IllegalArgumentException("header: spaces expected after its '}', came byte "
              + (header[i] & 0xff) + " at " + i);
        }
      }
      return reader.cut(data);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("header: JSON expected, came: "
          + OneLine.of(e.getOriginalMessage(), "an error"), e);
    }
  }

  private static void checkUtf8(byte[] header) {
    var decoder = StandardCharsets.UTF_8.newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
    var in = ByteBuffer.wrap(header);
    var out = CharBuffer.allocate(1 << 13);
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw new IllegalArgumentException("header: UTF-8 expected, came other bytes at " + in.position());
    }
  }

  private void header() {
    json.nextToken();
    while (next() == PROPERTY_NAME) {
      String name = json.currentName();
      if (name.equals(SafeTensors.METADATA)) {
        if (metadataSeen) {
          throw new IllegalArgumentException("header: " + SafeTensors.METADATA + " comes a second time");
        }
        metadataSeen = true;
        metadata();
      } else {
        NamedTensor.checkName(name);
        if (entries.put(name, entry(name)) != null) {
          throw new IllegalArgumentException("tensor " + OneLine.quote(name) + ": comes a second time");
        }
      }
    }
  }

  private void metadata() {
    expect(START_OBJECT, "header: " + SafeTensors.METADATA);
    while (next() == PROPERTY_NAME) {
      String key = json.currentName();
      String where = "metadata " + OneLine.quote(key);
      expect(VALUE_STRING, where);
      if (metadata.put(key, json.getString()) != null) {
        throw new IllegalArgumentException(where + ": comes a second time");
      }
    }
  }

  private Entry entry(String name) {
    String where = "tensor " + OneLine.quote(name);
    expect(START_OBJECT, where);
    ElementType type = null;
    long[] shape = null;
    long[] offsets = null;
    while (next() == PROPERTY_NAME) {
      String key = json.currentName();
      boolean twice = false;
      switch (key) {
        case "dtype" -> {
          twice = type != null;
          expect(VALUE_STRING, where + ": dtype");
          type = type(where, json.getString());
        }
        case "shape" -> {
          twice = shape != null;
          shape = numbers(where + ": shape", Integer.MAX_VALUE);
        }
        case "data_offsets" -> {
          twice = offsets != null;
          offsets = numbers(where + ": data_offsets", Long.MAX_VALUE);
        }
        default -> throw new IllegalArgumentException(
            where + ": dtype, shape and data_offsets expected, came " + OneLine.quote(key));
      }
      if (twice) {
        throw new IllegalArgumentException(where + ": " + key + " comes a second time");
      }
    }
    if (type == null || shape == null || offsets == null) {
      throw new IllegalArgumentException(where + ": " + (type == null ? "dtype" : shape == null ? "shape"
          : "data_offsets") + " expected, came none");
    }
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw new IllegalArgumentException(
          where + ": data_offsets [from, to] expected, came " + Arrays.toString(offsets));
    }
    int[] extents = Arrays.stream(shape).mapToInt(Math::toIntExact).toArray();
    long bytes = NamedTensor.bytes(where, type, extents);
    if (offsets[1] - offsets[0] != bytes) {
      throw new IllegalArgumentException(where + ": " + bytes + " bytes expected for " + type + " "
          + Arrays.toString(extents) + ", came data_offsets " + Arrays.toString(offsets));
    }
    return new Entry(name, type, extents, offsets[0], offsets[1]);
  }

  private static ElementType type(String where, String name) {
    for (ElementType type : ElementType.values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException(where + ": dtype F32, F64 or I32 expected, came " + OneLine.quote(name)
        + "; convert it where it was written");
  }

  private long[] numbers(String where, long most) {
    expect(START_ARRAY, where);
    var numbers = new ArrayList<Long>();
    while (next() != END_ARRAY) {
      String text = json.currentToken() == VALUE_NUMBER_INT ? json.getString() : "";
      if (text.isEmpty() || text.startsWith("-") || text.length() > 19 || json.getBigIntegerValue().bitLength() > 63
          || json.getLongValue() > most) {
        throw new IllegalArgumentException(where + ": whole numbers of 0 to " + most + " expected, came "
            + OneLine.quote(String.valueOf(json.getString())));
      }
      numbers.add(json.getLongValue());
    }
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  private JsonToken next() {
    JsonToken token = json.nextToken();
    if (token == null) {
      throw new IllegalArgumentException("header: a closing '}' expected, came its end");
    }
    return token;
  }

  private void expect(JsonToken wanted, String where) {
    JsonToken came = next();
    if (came != wanted) {
      String name = wanted == START_OBJECT ? "an object" : wanted == START_ARRAY ? "an array" : "a text";
      throw new IllegalArgumentException(where + ": " + name + " expected, came "
          + OneLine.quote(String.valueOf(json.getString())));
    }
  }

  /** Cuts the data in the order of offsets: each array must begin where the one before ends. */
  private SafeTensors cut(MemorySegment data) {
    List<Entry> ordered = new ArrayList<>(entries.values());
    ordered.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
    var tensors = new LinkedHashMap<String, NamedTensor>();
    long end = 0;
    for (Entry entry : ordered) {
      String where = "tensor " + OneLine.quote(entry.name);
      if (entry.from != end) {
        throw new IllegalArgumentException(where + ": data from " + end + " on expected, came " + entry.from
            + (entry.from < end ? "; it overlaps another" : "; a hole before it"));
      }
      if (entry.to > data.byteSize()) {
        throw new IllegalArgumentException(where + ": data up to " + entry.to + " expected, came "
            + data.byteSize() + " bytes; the file is cut off");
      }
      end = entry.to;
      tensors.put(entry.name, new NamedTensor(entry.name, entry.type, entry.shape,
          data.asSlice(entry.from, entry.to - entry.from)));
    }
    if (end != data.byteSize()) {
      throw new IllegalArgumentException(end + " bytes of data expected, came " + data.byteSize()
          + "; bytes that belong to no tensor");
    }
    return new SafeTensors(metadata, tensors);
  }
}
