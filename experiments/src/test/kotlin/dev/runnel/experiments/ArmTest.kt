package dev.runnel.experiments

import com.google.inject.Module
import com.google.inject.util.Modules
import dev.runnel.experiments.config.ModelConfig
import dev.runnel.experiments.modules.Experiment
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test

/** Experiments and their arms from Kotlin. */
class ArmTest {
    @Test
    fun `an arm is a module laid over an experiment`() {
        val base = Experiment.of("gestures", "train.epochs=3")
        val mamba = ModelConfig("mamba", 16, 8, 1, "sequential", mapOf())
        val arm = Modules.override(base).with(Module { it.bind(ModelConfig::class.java).toInstance(mamba) })

        val trial = Experiment.trial(arm)
        assertThat(trial.model).isEqualTo(mamba)
        assertThat(trial.train.epochs).isEqualTo(3)
        assertThat(trial.data).isEqualTo(base.config.data)
        assertThat(Experiment.trial(base)).isEqualTo(base.config)
    }
}
