<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace local_bangkom;

/**
 * Signed calls to Bangkom. They keep to Moodle's cURL block list, follow no redirect and end within their time.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class bridge {
    /** @var string The base address, without a slash at its end. */
    private readonly string $url;

    /** @var \Closure Takes address, headers, body and milliseconds; gives an answer. */
    private readonly \Closure $post;

    /**
     * The bridge at an address.
     *
     * @param string $url
     * @param string $keyid
     * @param string $secret
     * @param \Closure|null $post takes address, headers, body and milliseconds, gives an answer; by default Moodle's cURL
     */
    public function __construct(
        string $url,
        /** @var string which key signs */
        private readonly string $keyid,
        /** @var string what it signs with */
        private readonly string $secret,
        ?\Closure $post = null
    ) {
        $this->url = rtrim(trim($url), '/');
        $this->post = $post ?? self::post(...);
    }

    /**
     * The bridge that the settings name.
     *
     * @return self
     */
    public static function of_settings(): self {
        $config = get_config('local_bangkom');
        return new self($config->bridgeurl ?? '', trim($config->keyid ?? ''), trim($config->secret ?? ''));
    }

    /**
     * Whether address, key and secret are set.
     *
     * @return bool
     */
    public function is_set(): bool {
        return $this->url !== '' && $this->keyid !== '' && $this->secret !== '';
    }

    /**
     * Whether Moodle's cURL block list forbids the address.
     *
     * @return bool
     */
    public function is_blocked(): bool {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        return $this->url !== '' && (new \core\files\curl_security_helper())->url_is_blocked($this->url);
    }

    /**
     * Call the bridge.
     *
     * @param string $path after the base address, with a slash before it
     * @param string $body JSON
     * @param int $milliseconds in which it must be over
     * @param string $type of the body
     * @return answer
     */
    public function call(string $path, string $body, int $milliseconds, string $type = 'application/json'): answer {
        if (!$this->is_set()) {
            return new answer(0, [], 'unset');
        }
        $now = sprintf('%.6F', microtime(true));
        $headers = [
            'Content-Type: ' . $type,
            'Accept: application/json',
            'X-Bangkom-Key: ' . $this->keyid,
            'X-Bangkom-Timestamp: ' . $now,
            'X-Bangkom-Signature: ' . signature::of($this->secret, 'POST', $path, $now, $body),
        ];
        return ($this->post)($this->url . $path, $headers, $body, $milliseconds);
    }

    /**
     * Post by Moodle's cURL.
     *
     * @param string $url
     * @param string[] $headers
     * @param string $body
     * @param int $milliseconds
     * @return answer
     */
    private static function post(string $url, array $headers, string $body, int $milliseconds): answer {
        return self::over_the_network(fn($curl) => $curl->post($url, $body), $headers, $milliseconds);
    }

    /**
     * Get a page by Moodle's cURL, unsigned.
     *
     * @param string $url
     * @param string[] $headers
     * @param int $milliseconds
     * @return answer
     */
    public static function get(string $url, array $headers, int $milliseconds): answer {
        return self::over_the_network(fn($curl) => $curl->get($url), $headers, $milliseconds);
    }

    /**
     * A call by Moodle's cURL.
     *
     * @param \Closure $call takes the cURL, gives what came back
     * @param string[] $headers
     * @param int $milliseconds
     * @return answer
     */
    private static function over_the_network(\Closure $call, array $headers, int $milliseconds): answer {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        $curl = new \curl();
        $curl->setopt([
            'CURLOPT_CONNECTTIMEOUT_MS' => min($milliseconds, 5000),
            'CURLOPT_TIMEOUT_MS' => max($milliseconds, 1),
            'CURLOPT_FOLLOWLOCATION' => 0,
        ]);
        $curl->setHeader($headers);
        $said = $call($curl);
        $status = (int)($curl->get_info()['http_code'] ?? 0);
        if ($curl->get_errno()) {
            return new answer(0, ['errno' => $curl->get_errno()], 'unreachable');
        }
        if (!$status) {
            return new answer(0, [], 'blocked');
        }
        $sent = array_change_key_case($curl->getResponse() ?: [], CASE_LOWER);
        $body = json_decode((string)$said, true);
        return new answer($status, is_array($body) ? $body : [], '', (int)($sent['retry-after'] ?? 0));
    }
}
