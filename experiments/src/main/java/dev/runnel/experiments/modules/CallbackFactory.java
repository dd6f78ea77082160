package dev.runnel.experiments.modules;

import dev.runnel.experiments.train.Callback;

/** Makes what is told of a training. */
public interface CallbackFactory {

  /** One line for people. */
  String summary();

  /** One for a training of its own. */
  Callback create();
}
