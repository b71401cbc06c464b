// SPDX-License-Identifier: Apache-2.0
//
// zip_mutants COUNT SEED FOLDER: makes COUNT archives, honest ones with something changed, always the same
// for the same SEED, writes each to FOLDER/N.zip, and prints our verdict, one line each:
//
//   N accepted NAME:CRC32:SIZE:KIND...   names in hexadecimal, in the directory's order; KIND is file,
//   directory or link N rejected RULE
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

#include "archive/zip_fixture.h"
#include "archive/zip_reader.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

using fixture::Member;
using fixture::Zip;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string next() {
    Zip zip;
    zip.members.clear();
    const unsigned count = 1 + pick(4);
    for (unsigned i = 0; i < count; ++i) zip.members.push_back(member(i));
    if (one_in(3)) lie(zip.members[pick(count)]);
    if (one_in(6)) lie(zip);
    std::string bytes = fixture::build(zip);
    if (one_in(3)) damage(bytes);
    return bytes;
  }

 private:
  unsigned pick(unsigned bound) { return static_cast<unsigned>(random_()) % bound; }
  bool one_in(unsigned chances) { return pick(chances) == 0; }

  /// Honest, in one of the many ways to be so.
  Member member(unsigned index) {
    static const std::string kNames[] = {"a",      "b/c.py",      "b/d/e",
                                         "README", "caf\xc3\xa9", "x-1.0.dist-info/RECORD"};
    Member m;
    m.name = (index == 0 ? "" : std::to_string(index)) + kNames[pick(6)];
    m.content.assign(pick(3) * 40, static_cast<char>('a' + pick(26)));
    if (one_in(4)) m.content += "unlike the rest 0123456789";
    m.method = m.content.empty() || one_in(2) ? 0 : 8;
    if (m.name.find('\xc3') != std::string::npos) m.flags = 0x800;
    if (m.method == 8) m.flags = static_cast<std::uint16_t>(m.flags | pick(4) * 2);
    m.date_time = one_in(2) ? static_cast<std::uint32_t>(random_()) : m.date_time;
    m.attributes = (0100000U | (one_in(2) ? 0755U : pick(0777))) << 16U;
    m.made_by = static_cast<std::uint16_t>(one_in(4) ? 0x0014 : 0x0314);
    m.descriptor = m.method == 8 && one_in(4);
    if (one_in(5)) m.local_extra = m.central_extra = fixture::extra(0x5455, std::string("\1\0\0\0\0", 5));
    if (one_in(8)) m.attributes = 0120777U << 16U;
    if (one_in(10)) {
      m.name += '/';
      m.content.clear();
      m.method = index % 2 == 0 ? 0 : 8;
      m.descriptor = false;
      m.attributes = 040755U << 16U;
    }
    return m;
  }

  void lie(Member& m) {
    switch (pick(16)) {
      case 0: m.local_name = m.name + (one_in(2) ? "x" : "/"); break;
      case 1: m.name = one_in(2) ? "../a" : "a"; break;
      case 2: m.crc = pick(9); break;
      case 3: m.size = pick(300); break;
      case 4: m.packed_size = pick(300); break;
      case 5: m.local_method = m.method == 8 ? 0 : 8; break;
      case 6: m.method = pick(100) > 50 ? 12 : 9; break;
      case 7: m.flags = static_cast<std::uint16_t>(1U << pick(16)); break;
      case 8: m.offset = pick(200); break;
      case 9: m.before = std::string(1 + pick(20), 'P'); break;
      case 10: m.descriptor_bytes = fixture::numbers(random_(), pick(24)); break;
      case 11:
        m.central_extra = fixture::extra(static_cast<std::uint16_t>(pick(3)), fixture::numbers(random_(), 8));
        break;
      case 12: m.local_crc = pick(9); break;
      case 13: m.attributes = static_cast<std::uint32_t>(random_()); break;
      case 14: m.central = false; break;
      default: m.packed = fixture::deflated(m.content) + std::string(pick(3), 'x'); break;
    }
  }

  void lie(Zip& zip) {
    switch (pick(8)) {
      case 0: zip.prefix = std::string(1 + pick(30), '#'); break;
      case 1: zip.suffix = std::string(1 + pick(30), '\0'); break;
      case 2: zip.comment = "PK\5\6"; break;
      case 3: zip.comment = "made by hand"; break;
      case 4: zip.count = static_cast<std::uint16_t>(pick(6)); break;
      case 5: zip.directory_offset = pick(400); break;
      case 6: zip.directory_size = pick(400); break;
      default: zip.before_end = std::string(pick(25), 'P'); break;
    }
  }

  void damage(std::string& bytes) {
    const std::size_t at = random_() % bytes.size();
    switch (pick(5)) {
      case 0: bytes[at] = static_cast<char>(random_()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1U << pick(8))); break;
      case 2: bytes.erase(at, 1 + pick(4)); break;
      case 3: bytes.insert(at, bytes.substr(random_() % bytes.size(), pick(80))); break;
      default: bytes[at] = one_in(2) ? '\0' : '\xff'; break;
    }
  }

  std::mt19937 random_;
};

std::string verdict(const std::string& bytes) {
  const auto zip = ZipReader::open(base::as_bytes(bytes), Profile::kUploaded);
  if (!zip) return "rejected " + zip.error().fact("rule");
  std::string line = "accepted";
  for (const Entry& entry : zip->entries()) {
    const bool directory = entry.kind == EntryKind::kDirectory;
    const auto content = directory ? Result<std::vector<std::byte>>(std::vector<std::byte>())
                                   : inflate_entry(*zip, entry, 10'000'000);
    if (!content) return "rejected " + content.error().fact("rule");
    line += " " + base::to_hex(base::as_bytes(entry.name)) + ":" + std::to_string(crc32(*content)) + ":" +
            std::to_string(content->size()) + ":" +
            (directory                           ? "directory"
             : entry.kind == EntryKind::kSymlink ? "link"
                                                 : "file");
  }
  return line;
}

}  // namespace

int make_mutants(int count, unsigned seed, const std::string& folder) {
  Mutator mutator(seed);
  for (int i = 0; i < count; ++i) {
    const std::string bytes = mutator.next();
    std::ofstream(folder + "/" + std::to_string(i) + ".zip", std::ios::binary) << bytes;
    std::printf("%d %s\n", i, verdict(bytes).c_str());
  }
  return 0;
}

}  // namespace lamella::archive

int main(int argc, char** argv) {
  if (argc == 4) {
    return lamella::archive::make_mutants(std::stoi(argv[1]), static_cast<unsigned>(std::stoul(argv[2])),
                                          argv[3]);
  }
  std::fputs("usage: zip_mutants COUNT SEED FOLDER\n", stderr);
  return 2;
}
