package dev.runnel.experiments.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.store.OneLine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Binds config values to records, component by component, and turns records back into values. Strict: a key without a
 * component, a component without a value, or a value of another type is an error of one line, with the place it stands
 * at: {@code FILE:LINE: KEY: expected, came}. What a record's constructor refuses is reported in the same form.
 *
 * <p>Components may be int, long, double, boolean, String, an enum, a record, a List or Map of these, Object (anything
 * plain), or {@code @Nullable}, which may be left out.
 */
public final class Binder {
  private Binder() {}

  /** Binds an object; every component must have a value. */
  public static <R extends Record> R bind(Class<R> type, ConfigObject object) {
    return bindRecord(type, null, object, "");
  }

  /** Binds options by name; what is left out is taken from the defaults. Messages begin with {@code where}. */
  public static <R extends Record> R bindOptions(String where, R defaults, Map<String, Object> options) {
    @SuppressWarnings("unchecked")
    Class<R> type = (Class<R>) defaults.getClass();
    return bindRecord(type, defaults, ConfigValueFactory.fromMap(options, where), "");
  }

  /** A record's components as plain values by name: texts, numbers, truth values, lists and maps. */
  public static Map<String, Object> unbind(Record bound) {
    var values = new LinkedHashMap<String, Object>();
    for (RecordComponent component : bound.getClass().getRecordComponents()) {
      Object value = component(component, bound);
      if (value != null) {
        values.put(component.getName(), plain(value));
      }
    }
    return values;
  }

  private static Object plain(Object value) {
    return switch (value) {
      case Record nested -> unbind(nested);
      case Enum<?> constant -> name(constant);
      case List<?> list -> list.stream().map(item -> plain(Objects.requireNonNull(item))).toList();
      case Map<?, ?> map -> {
        var values = new LinkedHashMap<String, Object>();
        map.forEach((key, item) -> values.put(String.valueOf(key), plain(Objects.requireNonNull(item))));
        yield values;
      }
      default -> value;
    };
  }

  private static <R extends Record> R bindRecord(
      Class<R> type, @Nullable Record defaults, ConfigObject object, String path) {
    RecordComponent[] components = type.getRecordComponents();
    List<String> names = Arrays.stream(components).map(RecordComponent::getName).toList();
    for (var entry : object.entrySet()) {
      if (!names.contains(entry.getKey())) {
        String hint = Nearest.hint(entry.getKey(), names);
        throw at(entry.getValue().origin(), join(path, OneLine.quote(entry.getKey()).replace("'", "")),
            "unknown key" + (hint.isEmpty() ? "; one of " + names : hint));
      }
    }
    var values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      String key = join(path, component.getName());
      ConfigValue value = object.get(component.getName());
      Object preset = defaults == null ? null : component(component, defaults);
      if (value != null && value.valueType() != ConfigValueType.NULL) {
        values[i] = convert(component.getGenericType(), preset, value, key);
      } else if (preset != null && value == null) {
        values[i] = preset;
      } else if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        throw at(value == null ? object.origin() : value.origin(), key,
            expected(component.getGenericType()) + " expected, came " + (value == null ? "none" : "null"));
      }
    }
    return construct(type, components, values, object, path);
  }

  private static <R extends Record> R construct(Class<R> type, RecordComponent[] components,
      @Nullable Object[] values, ConfigObject object, String path) {
    try {
      var constructor = type.getDeclaredConstructor(
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (!(e.getCause() instanceof IllegalArgumentException refused)) {
        throw new IllegalStateException(type + ": its constructor failed", e);
      }
      String message = OneLine.of(refused);
      int colon = message.indexOf(':');
      ConfigValue culprit = colon < 0 ? null : object.get(message.substring(0, colon));
      throw culprit == null ? at(object.origin(), path, message)
          : at(culprit.origin(), join(path, message.substring(0, colon)), message.substring(colon + 1).strip());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + ": no record that can be made", e);
    }
  }

  private static @Nullable Object component(RecordComponent component, Record record) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + ": cannot be read", e);
    }
  }

  private static Object convert(Type type, @Nullable Object preset, ConfigValue value, String key) {
    Object raw = value.unwrapped();
    if (type instanceof ParameterizedType generic && generic.getRawType() == List.class
        && value instanceof ConfigList list) {
      var items = new ArrayList<Object>();
      for (ConfigValue item : list) {
        items.add(convert(generic.getActualTypeArguments()[0], null, item, key + "[" + items.size() + "]"));
      }
      return List.copyOf(items);
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() == Map.class
        && value instanceof ConfigObject object) {
      var items = new LinkedHashMap<String, Object>();
      object.forEach((name, item) ->
          items.put(name, convert(generic.getActualTypeArguments()[1], null, item, join(key, name))));
      return items;
    }
    if (type instanceof Class<?> plain) {
      if (plain.isRecord() && value instanceof ConfigObject object) {
        return bindRecord(plain.asSubclass(Record.class), (Record) preset, object, key);
      }
      if (plain.isEnum() && raw instanceof String text) {
        for (Object constant : plain.getEnumConstants()) {
          if (name((Enum<?>) constant).equals(text.toLowerCase(Locale.ROOT).replace('_', '-'))) {
            return constant;
          }
        }
        throw at(value.origin(), key,
            expected(type) + " expected, came " + OneLine.quote(text) + Nearest.hint(text, constants(plain)));
      }
      Object converted = scalar(plain, value, raw);
      if (converted != null) {
        return converted;
      }
    }
    throw at(value.origin(), key, expected(type) + " expected, came " + came(value));
  }

  /** The value as that type, or null if it isn't one. */
  private static @Nullable Object scalar(Class<?> type, ConfigValue value, Object raw) {
    if (type == boolean.class || type == Boolean.class) {
      return raw instanceof Boolean ? raw : null;
    }
    if (type == String.class) {
      return raw instanceof Number || raw instanceof Boolean ? value.atKey("text").getString("text")
          : raw instanceof String ? raw : null;
    }
    if (type == Object.class) {
      return raw instanceof Number number ? number(number)
          : raw instanceof List<?> list ? list.stream().map(i -> i instanceof Number n ? number(n) : i).toList()
          : raw instanceof String || raw instanceof Boolean ? raw : null;
    }
    if (!(raw instanceof Number given)) {
      return null;
    }
    if (type == double.class || type == Double.class) {
      return given.doubleValue();
    }
    if (!(number(given) instanceof Long whole)) {
      return null;
    }
    if (type == int.class || type == Integer.class) {
      int narrow = whole.intValue();
      return whole == narrow ? (Object) narrow : null;
    }
    return type == long.class || type == Long.class ? whole : null;
  }

  /** A Long where the number is whole and exact as one, else a Double, however it was written. */
  private static Number number(Number given) {
    double real = given.doubleValue();
    return given instanceof Integer || given instanceof Long ? given.longValue()
        : real == Math.rint(real) && Math.abs(real) < 1L << 53 ? (Number) (long) real : (Number) real;
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(constant -> name((Enum<?>) constant)).toList();
  }

  private static String expected(Type type) {
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class ? "a list" : "an object";
    }
    Class<?> plain = (Class<?>) type;
    return plain == int.class || plain == Integer.class ? "a whole number of at most 32 bits"
        : plain == long.class || plain == Long.class ? "a whole number"
        : plain == double.class || plain == Double.class ? "a number"
        : plain == boolean.class || plain == Boolean.class ? "true or false"
        : plain == String.class ? "a text"
        : plain.isEnum() ? "one of " + constants(plain)
        : plain == Object.class ? "a plain value" : "an object";
  }

  private static String came(ConfigValue value) {
    return switch (value.valueType()) {
      case OBJECT -> "an object";
      case LIST -> "a list";
      case STRING -> "the text " + OneLine.quote((String) value.unwrapped());
      case NULL -> "null";
      case NUMBER, BOOLEAN -> String.valueOf(value.unwrapped());
    };
  }

  private static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static IllegalArgumentException at(ConfigOrigin origin, String key, String message) {
    String place = origin.description().replaceAll("^merge of ", "").replaceAll(": (\\d+)", ":$1");
    return new IllegalArgumentException(place + ": " + (key.isEmpty() ? "" : key + ": ") + message);
  }
}
