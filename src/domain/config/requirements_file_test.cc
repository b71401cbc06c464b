// SPDX-License-Identifier: Apache-2.0
#include "config/requirements_file.h"

#include <gtest/gtest.h>

#include <map>

namespace lamella::config {
namespace {

class MapTree final : public base::FileTree {
 public:
  explicit MapTree(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override {
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) return std::optional<base::TreeEntry>();
    return std::optional(base::TreeEntry{found->first, base::FileKind::kFile, false, found->second.size()});
  }
  Result<std::vector<base::TreeEntry>> list(std::string_view) const override {
    return std::vector<base::TreeEntry>();
  }
  Result<std::optional<std::string>> read(std::string_view path) const override {
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) return std::optional<std::string>();
    return std::optional(found->second);
  }

 private:
  std::map<std::string, std::string> files_;
};

std::vector<std::string> texts(const std::vector<RequirementLine>& lines) {
  std::vector<std::string> out;
  for (const RequirementLine& line : lines) out.push_back(to_string(line.requirement));
  return out;
}

Error error_of(const std::string& text) {
  auto read = read_requirements(MapTree({{"r.txt", text}}), "r.txt");
  EXPECT_FALSE(read.has_value()) << text;
  return read ? Error(ErrorCode::kInternal, "") : std::move(read).error();
}

TEST(Requirement, SplitsItsParts) {
  const auto parsed = parse_requirement("Foo_Bar[a, b-c] (>= 1.0, <2) ; python_version < '3.12'");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().to_string();
  EXPECT_EQ(parsed->normalised(), "foo-bar");
  EXPECT_EQ(parsed->extras, (std::vector<std::string>{"a", "b-c"}));
  EXPECT_EQ(parsed->specifier, ">=1.0,<2");
  EXPECT_EQ(parsed->marker, "python_version < '3.12'");
  EXPECT_EQ(parse_requirement("six===1.0+x")->specifier, "===1.0+x");
  EXPECT_EQ(parse_requirement("six @ https://h/a;b.whl ; extra == 'x'")->url, "https://h/a;b.whl");
}

TEST(Requirement, RefusesAMarkerOfTenThousandTerms) {
  std::string text = "six ; os_name == 'a'";
  for (int i = 0; i < 10'000; ++i) text += " or os_name == 'a'";
  const auto parsed = parse_requirement(text);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code(), ErrorCode::kUsage);
}

TEST(Requirement, NormalisesNames) {
  for (const char* name : {"Foo_Bar", "foo-bar", "foo.bar", "FOO-_.bar"})
    EXPECT_EQ(normalised_name(name), "foo-bar");
}

TEST(Requirement, RendersWhatItParses) {
  for (const char* text : {"numpy==1.24.3", "a[b,c]>=1,!=1.5 ; os_name == 'posix'", "six", "x~=1.0"}) {
    EXPECT_EQ(to_string(*parse_requirement(text)), text);
  }
}

TEST(Requirement, RefusesWhatPep508Refuses) {
  for (const char* text : {"", "==1", "numpy=1", "numpy 1.0", "numpy==", "numpy[x", "numpy;", "-numpy",
                           "numpy-", "a@", "a==1 b==2", "a\nb", "a==1;"}) {
    EXPECT_FALSE(parse_requirement(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_requirement(std::string(70'000, 'a')).has_value());
}

TEST(RequirementsFile, ReadsCommentsContinuationsHashesAndNestedFiles) {
  const std::string hash(64, 'a');
  const MapTree tree(
      {{"reqs/all.txt",
        "# heading\n\n  numpy==1.24.3  # why\n-r more/base.txt\n-c ../limits.txt\n"
        "pandas==2.0.3 \\\n    --hash=sha256:" +
            hash + " \\\n    --hash sha256:" + hash + "\r\nboto3 >= 1.28 ; python_version >= '3.8'"},
       {"reqs/more/base.txt", "six==1.16.0\n"},
       {"limits.txt", "urllib3<2\n"}});
  const auto read = read_requirements(tree, "reqs/all.txt");
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(texts(read->requirements),
            (std::vector<std::string>{"numpy==1.24.3", "six==1.16.0", "pandas==2.0.3",
                                      "boto3>=1.28 ; python_version >= '3.8'"}));
  EXPECT_EQ(texts(read->constraints), std::vector<std::string>{"urllib3<2"});
  EXPECT_EQ(read->files, (std::vector<std::string>{"reqs/all.txt", "reqs/more/base.txt", "limits.txt"}));
  EXPECT_EQ(read->requirements[2].hashes, (std::vector<std::string>{"sha256:" + hash, "sha256:" + hash}));
  EXPECT_EQ(read->requirements[0].text.position, (base::Position{"reqs/all.txt", 3, 3}));
  EXPECT_EQ(read->requirements[3].text.position.line, 9U);
}

TEST(RequirementsFile, RefusesOtherSources) {
  for (const char* text : {"--extra-index-url https://x/simple", "--index-url=https://x", "-i https://x",
                           "--trusted-host h", "-e .", "-f d", "git+https://example.com/a.git", "./lib",
                           "file:///a.whl", "a @ https://example.com/a.whl", "-r https://x/r.txt", "--pre",
                           "six==1 --global-option x", "/abs/a.whl"}) {
    const Error error = error_of(text);
    EXPECT_EQ(error.code(), ErrorCode::kUsage) << text;
    EXPECT_EQ(error.where(), "r.txt:1:1") << text;
  }
}

TEST(RequirementsFile, C4IsUtf8WithOrWithoutAByteOrderMark) {
  const auto marked = read_requirements(MapTree({{"r.txt", std::string("\xEF\xBB\xBFsix==1\n")}}), "r.txt");
  ASSERT_TRUE(marked.has_value()) << marked.error().to_string();
  EXPECT_EQ(marked->requirements.at(0).text.position, (base::Position{"r.txt", 1, 1}));
  for (const auto& [text, offset] : std::vector<std::pair<std::string, std::string>>{
           {"six==1 # caf\xe9\n", "12"}, {"\xff\xfes\0", "0"}, {std::string("six\0", 4), "3"}}) {
    const Error error = error_of(text);
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_EQ(error.where(), "r.txt");
    EXPECT_EQ(error.fact("offset"), offset);
  }
}

TEST(RequirementsFile, NeverShowsALogin) {
  const Error error = error_of("a @ https://user:hunter2@example.com/a.whl\n");
  EXPECT_EQ(error.to_string().find("hunter2"), std::string::npos) << error.to_string();
}

TEST(RequirementsFile, RefusesWeakAndMalformedHashes) {
  EXPECT_NE(error_of("six==1 --hash=md5:abc").what().find("md5"), std::string::npos);
  error_of("six==1 --hash=sha256:ABC");
  error_of("six==1 --hash");
}

TEST(RequirementsFile, WantsEveryHashWhereTheFileSaysSo) {
  const std::string pinned = "six==1 --hash=sha256:" + std::string(64, 'a') + "\n";
  EXPECT_TRUE(read_requirements(MapTree({{"r.txt", "--require-hashes\n" + pinned}}), "r.txt").has_value());
  const Error error = error_of(pinned + "--require-hashes\nidna\n");
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_EQ(error.where(), "r.txt:3:1");
}

TEST(RequirementsFile, RefusesCirclesMissingFilesAndEscapes) {
  const MapTree circle({{"a.txt", "-r b.txt"}, {"b.txt", "six\n-r a.txt"}});
  const auto read = read_requirements(circle, "a.txt");
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().what().find("a.txt → b.txt → a.txt"), std::string::npos);
  EXPECT_EQ(read.error().where(), "b.txt:2:1");
  EXPECT_EQ(error_of("-r gone.txt").where(), "r.txt:1:1");
  EXPECT_NE(error_of("-r ../../r.txt").why().find("leaves"), std::string::npos);
}

TEST(RequirementsFile, PointsAtTheWorkspaceWhenItsFileIsMissing) {
  model::Requirements requirements;
  requirements.file = model::PlacedText{"gone.txt", {"lamella.toml", 7, 16}};
  const auto read = read_requirements(MapTree({}), requirements);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().where(), "lamella.toml:7:16");
}

}  // namespace
}  // namespace lamella::config
