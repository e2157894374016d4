package org.entente.policy.parse;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.entente.policy.model.Position;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** The entries of one mapping, remembering which were asked for. */
final class Fields {
    private final MappingNode node;
    private final Binder binder;
    private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
    private final List<String> asked = new ArrayList<>();

    Fields(MappingNode node, Binder binder) {
        this.node = node;
        this.binder = binder;
        for (NodeTuple entry : node.getValue()) {
            String key = Binder.scalarText(entry.getKeyNode());
            if (entries.putIfAbsent(key, entry) != null) {
                binder.report(entry.getKeyNode(), "'" + key + "' is written twice");
            }
        }
    }

    Optional<Node> optional(String name) {
        asked.add(name);
        return Optional.ofNullable(entries.get(name))
                .map(NodeTuple::getValueNode)
                .filter(value -> !Binder.isNothing(value));
    }

    Optional<Node> required(String name) {
        Optional<Node> found = optional(name);
        if (found.isEmpty()) {
            binder.report(node, "'" + name + "' is missing");
        }
        return found;
    }

    Position at(String name) {
        NodeTuple entry = entries.get(name);
        return binder.at(entry == null ? node : entry.getValueNode());
    }

    /** Whether every entry was asked for; reports those that were not. */
    boolean allKnown() {
        boolean known = true;
        for (Map.Entry<String, NodeTuple> entry : entries.entrySet()) {
            if (!asked.contains(entry.getKey())) {
                known = false;
                binder.report(
                        entry.getValue().getKeyNode(),
                        "unknown field '" + entry.getKey() + "'" + Suggestion.among(asked, entry.getKey()));
            }
        }
        return known;
    }
}
