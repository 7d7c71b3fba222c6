package vectors;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the descriptions of vectors: objects, lists, texts, whole numbers, true, false and null. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Map<String, Object> object(String text) {
        Json json = new Json(text);
        return as(json.value());
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> as(Object value) {
        return (Map<String, Object>) value;
    }

    private char next() {
        while (Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return text.charAt(at);
    }

    private boolean skip(char wanted) {
        boolean found = next() == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void need(char wanted) {
        if (!skip(wanted)) {
            throw new IllegalArgumentException("no " + wanted + " at " + at);
        }
    }

    private Object value() {
        switch (next()) {
            case '{':
                return map();
            case '[':
                return list();
            case '"':
                return string();
            default:
                return word();
        }
    }

    private Map<String, Object> map() {
        Map<String, Object> map = new LinkedHashMap<>();
        need('{');
        while (!skip('}')) {
            next();
            String key = string();
            need(':');
            map.put(key, value());
            skip(',');
        }
        return map;
    }

    private List<Object> list() {
        List<Object> list = new ArrayList<>();
        need('[');
        while (!skip(']')) {
            list.add(value());
            skip(',');
        }
        return list;
    }

    private String string() {
        need('"');
        StringBuilder out = new StringBuilder();
        while (text.charAt(at) != '"') {
            char letter = text.charAt(at++);
            if (letter == '\\') {
                letter = text.charAt(at++);
                if (letter == 'u') {
                    letter = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                    at += 4;
                } else if ("nrtbf".indexOf(letter) >= 0) {
                    letter = "\n\r\t\b\f".charAt("nrtbf".indexOf(letter));
                }
            }
            out.append(letter);
        }
        at++;
        return out.toString();
    }

    private Object word() {
        int start = at;
        while (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '-') {
            at++;
        }
        String word = text.substring(start, at);
        switch (word) {
            case "true":
                return true;
            case "false":
                return false;
            case "null":
                return null;
            default:
                return Long.parseLong(word);
        }
    }
}
