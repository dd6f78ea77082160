package dev.runnel.examples

import com.google.inject.Module
import dev.runnel.experiments.config.ModelConfig
import dev.runnel.experiments.study.Axes
import dev.runnel.experiments.study.Study
import dev.runnel.experiments.train.Trials
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Studies as Kotlin writes them. */
internal class KotlinStudyTest {
    private val width = Axes.of("model.hidden", 8, 16)
    private val rate = Axes.of("train.optimiser.rate", 1e-3, 1e-2)

    @Test
    fun axesAreOperators() {
        assertEquals(4, (width * rate).points.size)
        assertEquals(4, (width + rate).points.size)
        assertEquals(3, (width * rate - Axes.of("model.hidden", 8).zip(Axes.of("train.optimiser.rate", 1e-3))).points.size)
    }

    @Test
    fun armsAreSettingsOrModules() {
        val own = Module { binder ->
            binder.bind(ModelConfig::class.java).toInstance(ModelConfig("lru", 12, 4, 1, "sequential", mapOf()))
        }
        val study = Study.of("kotlin", "gestures", "train.epochs=1")
            .arm("symmetric", "model.options.elastance=symmetric")
            .arm("own", own)
            .over(rate)
            .seeds(0, 1)
        val trials = study.plan(Trials.standard(), listOf()).trials
        assertEquals(8, trials.map { it.key }.toSet().size)
        val config = trials.first { it.arm == "own" }.bound()
        assertEquals("lru", config.model.name)
        assertEquals(1e-3, config.train.optimiser.rate)
        assertEquals(1, config.train.epochs)
    }
}
