package org.entente.policy.condition;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.entente.policy.model.Level;
import org.entente.policy.model.Levels;

/**
 * A compiled condition. Expressions are typed, cannot loop without end, and match by RE2, so that neither a policy nor
 * a key makes a decision hang.
 *
 * @see <a href="https://github.com/google/cel-spec/blob/master/doc/langdef.md">the language</a>
 */
public final class Condition {
    private static final int MOST_ITERATIONS = 1000;
    private static final CelOptions OPTIONS = CelOptions.current()
            .enableHeterogeneousNumericComparisons(true)
            .comprehensionMaxIterations(MOST_ITERATIONS)
            .maxExpressionCodePointSize(10_000)
            .maxParseRecursionDepth(64)
            .build();
    private static final String LEVEL = "level_of_string";
    private static final CelCompiler COMPILER = CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addVar(Name.PRINCIPAL_NAME, SimpleType.STRING)
            .addVar(Name.PRINCIPAL_NATION, SimpleType.STRING)
            .addVar(Name.PRINCIPAL_CLEARANCE, SimpleType.STRING)
            .addVar(Name.OPERATION, SimpleType.STRING)
            .addVar(Name.BUCKET, SimpleType.STRING)
            .addVar(Name.KEY, SimpleType.STRING)
            .addVar(Name.LABEL, SimpleType.STRING)
            .addVar(Name.TAGS, MapType.create(SimpleType.STRING, SimpleType.STRING))
            .addFunctionDeclarations(CelFunctionDecl.newFunctionDeclaration(
                    "level", CelOverloadDecl.newGlobalOverload(LEVEL, SimpleType.INT, SimpleType.STRING)))
            .setResultType(SimpleType.BOOL)
            .build();

    private static final class Name {
        static final String PRINCIPAL_NAME = "principal.name";
        static final String PRINCIPAL_NATION = "principal.nation";
        static final String PRINCIPAL_CLEARANCE = "principal.clearance";
        static final String OPERATION = "operation";
        static final String BUCKET = "bucket";
        static final String KEY = "key";
        static final String LABEL = "label";
        static final String TAGS = "tags";
    }

    private final String text;
    private final CelRuntime.Program program;

    private Condition(String text, CelRuntime.Program program) {
        this.text = text;
        this.program = program;
    }

    /** Why a text is no condition: each a line's worth. */
    public static final class Invalid extends Exception {
        private final List<String> problems;

        Invalid(List<String> problems) {
            super(String.join("; ", problems));
            this.problems = List.copyOf(problems);
        }

        public List<String> problems() {
            return problems;
        }
    }

    /** @param levels what {@code level(...)} counts by */
    @SuppressWarnings("Immutable") // levels are: records of strings in a list that is a copy
    public static Condition compile(String text, Levels levels) throws Invalid {
        CelValidationResult result = COMPILER.compile(text);
        if (result.hasError()) {
            throw new Invalid(
                    result.getErrors().stream().map(Condition::problem).toList());
        }
        try {
            CelAbstractSyntaxTree tree = result.getAst();
            CelRuntime runtime = CelRuntimeFactory.plannerRuntimeBuilder()
                    .setOptions(OPTIONS)
                    .addFunctionBindings(
                            CelFunctionBinding.from(LEVEL, String.class, (String word) -> rank(word, levels)))
                    .build();
            return new Condition(text, runtime.createProgram(tree));
        } catch (CelValidationException | CelEvaluationException e) {
            throw new Invalid(List.of(String.valueOf(e.getMessage())));
        }
    }

    private static String problem(CelIssue issue) {
        String message = issue.getMessage().replace(" (in container '')", "");
        String known = message.startsWith("undeclared reference")
                ? "; known: bucket, key, label, operation, principal.clearance, principal.name, principal.nation, tags and"
                        + " level(...)"
                : "";
        return "character " + (issue.getSourceLocation().getColumn() + 1) + ": " + message + known;
    }

    /** What bears no label is as the lowest level; what is no level cannot be compared. */
    private static long rank(String word, Levels levels) {
        if (word.isEmpty()) {
            return 0;
        }
        Level level = Level.parse(word);
        if (!levels.knows(level)) {
            throw new IllegalArgumentException("'" + word + "' is no level");
        }
        return levels.rank(level);
    }

    /** Whether it holds. What goes wrong, such as a tag that is not there, leaves it unknown. */
    public Truth of(Facts facts) {
        Map<String, Object> known = new HashMap<>();
        facts.principal().ifPresent(who -> {
            known.put(Name.PRINCIPAL_NAME, who.name());
            known.put(Name.PRINCIPAL_NATION, who.nation());
            known.put(Name.PRINCIPAL_CLEARANCE, who.clearance());
        });
        facts.operation().ifPresent(operation -> known.put(Name.OPERATION, operation));
        facts.bucket().ifPresent(bucket -> known.put(Name.BUCKET, bucket));
        facts.key().ifPresent(key -> known.put(Name.KEY, key));
        facts.object().ifPresent(object -> {
            known.put(Name.LABEL, object.label());
            known.put(Name.TAGS, object.tags());
        });
        try {
            return program.eval(known) instanceof Boolean holds && !holds ? Truth.FALSE : Truth.TRUE;
        } catch (CelEvaluationException e) {
            // CEL's && and || are sure of their answer in spite of an error on one side, if the other side suffices.
            return Truth.UNKNOWN;
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
