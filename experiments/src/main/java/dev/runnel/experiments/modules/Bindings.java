package dev.runnel.experiments.modules;

import com.google.inject.Binding;
import com.google.inject.ConfigurationException;
import com.google.inject.CreationException;
import com.google.inject.Module;
import com.google.inject.ProvisionException;
import com.google.inject.spi.Elements;
import com.google.inject.spi.Message;
import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.store.OneLine;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** What is wrong with modules, as one line. */
final class Bindings {
  private static final Pattern MISSING = Pattern.compile("No implementation for (.+?) was bound");
  private static final Pattern DOUBLED_NAME = Pattern.compile("Duplicate key \"(.+?)\" found in Map<String, (.+?)>");
  private static final Pattern DOUBLED = Pattern.compile("(\\S+(?: annotated with .+?)?) was bound multiple times");
  private static final Pattern PACKAGES = Pattern.compile("\\b(?:[a-z]\\w*\\.)+(?:[A-Z]\\w*\\$)*(?=[A-Z])");

  private Bindings() {}

  /** Work with these modules; what Guice says against them is an error of one line. */
  static <T> T checked(List<Module> modules, Supplier<T> work) {
    try {
      return work.get();
    } catch (CreationException e) {
      throw refused(modules, e.getErrorMessages(), e);
    } catch (ConfigurationException e) {
      throw refused(modules, e.getErrorMessages(), e);
    } catch (ProvisionException e) {
      throw refused(modules, e.getErrorMessages(), e);
    }
  }

  private static IllegalArgumentException refused(
      List<Module> modules, Collection<Message> messages, RuntimeException cause) {
    var text = messages.isEmpty() ? OneLine.of(cause) : OneLine.of(messages.iterator().next().getMessage(), "");
    var plain = PACKAGES.matcher(text).replaceAll("");
    var missing = MISSING.matcher(plain);
    if (missing.find()) {
      return new IllegalArgumentException("modules: a binding of %s expected, none came%s; bind it, or add its module"
          .formatted(missing.group(1), Nearest.hint(missing.group(1), bound(modules))), cause);
    }
    var name = DOUBLED_NAME.matcher(plain);
    if (name.find()) {
      return new IllegalArgumentException("modules: one %s named '%s' expected, two came; give one another name"
          .formatted(name.group(2), name.group(1)), cause);
    }
    var doubled = DOUBLED.matcher(plain);
    if (doubled.find()) {
      return new IllegalArgumentException(
          "modules: one binding of %s expected, two came; lay one over the other with Modules.override"
              .formatted(doubled.group(1)), cause);
    }
    return new IllegalArgumentException("modules: " + (plain.length() > 300 ? plain.substring(0, 300) : plain), cause);
  }

  /** Names of all types that have a binding. */
  private static Collection<String> bound(List<Module> modules) {
    var names = new TreeSet<String>();
    for (var element : Elements.getElements(modules)) {
      if (element instanceof Binding<?> binding) {
        var type = binding.getKey().getTypeLiteral().toString();
        names.add(PACKAGES.matcher(type).replaceAll(""));
      }
    }
    return names;
  }
}
